import type { JWK, JWTPayload } from 'jose';
import { keyOf } from './keyOf.ts';
import { PRINCIPAL_KINDS, type Principal } from './Principal.ts';
import { tokenRules } from './tokens.ts';

/** A token that holds. */
export interface VerifiedToken {
  readonly principal: Principal;
  /** Until when it is good inside the mesh, its grace included: milliseconds since the epoch. */
  readonly goodUntil: number;
}

/** Longer ones are refused unread, in characters: HTTP/2 servers take 16 KiB of headers. */
const LONGEST = 12_000;

/**
 * Verifies an inner token: signature, by the key that it names and ES256 alone; issuer, audience and end; and all claims
 * that a principal needs. jose is loaded by the first.
 *
 * @param keys Those that sign, by their ids: see parseJwks().
 * @throws Error that says for the log why it is not good.
 */
export async function verifyInner(
  token: string,
  keys: ReadonlyMap<string, JWK>,
): Promise<VerifiedToken> {
  if (token.length > LONGEST) throw new Error('the token is too long');
  const { jwtVerify } = await import('jose/jwt/verify');
  const { payload } = await jwtVerify(token, (header) => keyOf(keys, header), {
    algorithms: [tokenRules.algorithm],
    issuer: tokenRules.issuer,
    audience: tokenRules.innerAudience,
    requiredClaims: ['sub', 'sid', 'iat', 'exp', 'jti'],
    clockTolerance: tokenRules.graceSeconds,
  });
  const expires = (payload.exp ?? 0) + tokenRules.graceSeconds;
  return { principal: principalOf(payload), goodUntil: expires * 1_000 };
}

/** @throws Error for claims of another form. */
function principalOf({ sub, kind, org, roles, scopes, sid }: JWTPayload): Principal {
  const isKind = PRINCIPAL_KINDS.some((one) => one === kind);
  if (!isName(sub) || !isName(sid) || !isKind) throw new Error('it does not say who acts');
  if (org !== undefined && !isName(org)) throw new Error('its organisation is no id');
  if (!areNames(roles) || !areNames(scopes)) throw new Error('its roles or scopes are no names');
  return {
    subject: sub,
    kind: kind as Principal['kind'],
    ...(org === undefined ? {} : { organization: org }),
    roles,
    scopes,
    session: sid,
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function areNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isName);
}
