/** On whose behalf a call is made. */
export interface Principal {
  /** A user's id (UUIDv7), or a service's name. */
  readonly subject: string;
  /** How it was known: a user by his session, a program by an API key, a service by itself. */
  readonly kind: PrincipalKind;
  /** Id of the organisation that is active in the session; undefined: none is. */
  readonly organization?: string;
  readonly roles: readonly string[];
  /** What an API key is good for; empty for a user, who may do all that his roles allow. */
  readonly scopes: readonly string[];
  /** Id of the session or of the API key: what is revoked by it. */
  readonly session: string;
}

export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number];

export const PRINCIPAL_KINDS = ['user', 'api_key', 'service'] as const;
