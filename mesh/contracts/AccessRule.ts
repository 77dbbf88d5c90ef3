/** Who may call a method, or a path of HTTP. */
export interface AccessRule {
  readonly access: Access;
  /** Of a user, one of them is enough. With access 'role' none lets nobody in, with 'user_or_api_key' any user. */
  readonly roles: readonly string[];
  /** Of an API key, one of them is enough. With access 'api_key' none lets any key in. */
  readonly scopes: readonly string[];
  /** Whether services may call for themselves, without a user. */
  readonly allowsServices: boolean;
}

/** As weft.policy.v1.Access has it: 'user' and 'role' show an access token, 'api_key' an API key. */
export type Access = (typeof ACCESS)[number];

export const ACCESS = ['internal', 'public', 'user', 'role', 'api_key', 'user_or_api_key'] as const;

/** Whether there is a way in from outside at all. */
export function isOpen({ access }: Pick<AccessRule, 'access'>): boolean {
  return access !== 'internal';
}

/** Whether somebody has to be known: a user, or an API key. */
export function asksForPrincipal({ access }: Pick<AccessRule, 'access'>): boolean {
  return access !== 'internal' && access !== 'public';
}
