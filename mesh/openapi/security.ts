import type { AccessRule } from '../contracts/index.ts';

const BEARER = 'bearer';
const API_KEY = 'apiKey';
const TICKET = 'ticket';

/** For `components.securitySchemes`. */
export const securitySchemes = {
  [BEARER]: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  [API_KEY]: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  [TICKET]: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description:
      'For callers that cannot send a header, such as a browser’s EventSource: good once, for one path and 30 s. Whoever has an access token gets one by `POST /v1/auth/tickets`.',
  },
} as const;

/**
 * Security Requirement Objects of a method: one of them is enough, and of the names in it, which are roles or scopes.
 *
 * @param takesTicket Whether a browser opens it, which cannot send a header: a ticket stands for its user.
 */
export function securityOf(
  { access, roles, scopes }: Omit<AccessRule, 'allowsServices'>,
  takesTicket: boolean,
): object[] {
  const user = (names: readonly string[]) =>
    (takesTicket ? [BEARER, TICKET] : [BEARER]).map((scheme) => ({ [scheme]: names }));
  switch (access) {
    case 'user':
      return user([]);
    case 'role':
      return user(roles);
    case 'api_key':
      return [{ [API_KEY]: scopes }];
    case 'user_or_api_key':
      return [...user(roles), { [API_KEY]: scopes }];
    default:
      return [];
  }
}
