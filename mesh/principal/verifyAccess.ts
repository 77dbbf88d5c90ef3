import type { JWK } from 'jose';
import { keyOf } from './keyOf.ts';
import { type AccessClaims, tokenRules } from './tokens.ts';

/** Longer ones are refused unread, in characters. */
const LONGEST = 16_000;

/**
 * Verifies an access token as the edge does: signature, by the key that it names and ES256 alone; issuer, audience and end. The
 * inner token in it has to be verified, too: see verifyInner(). jose is loaded by the first.
 *
 * @param keys Those that sign, by their ids: see parseJwks().
 * @param now Default: this machine's time.
 * @throws Error that says for the log why it is not good.
 */
export async function verifyAccess(
  token: string,
  keys: ReadonlyMap<string, JWK>,
  now = new Date(),
): Promise<AccessClaims> {
  if (token.length > LONGEST) throw new Error('the token is too long');
  const { jwtVerify } = await import('jose/jwt/verify');
  const { payload } = await jwtVerify<AccessClaims>(token, (header) => keyOf(keys, header), {
    algorithms: [tokenRules.algorithm],
    issuer: tokenRules.issuer,
    audience: tokenRules.accessAudience,
    requiredClaims: ['sub', 'sid', 'exp', tokenRules.innerClaim],
    currentDate: now,
  });
  if (typeof payload.weft !== 'string') throw new Error('it holds no inner token');
  return payload;
}
