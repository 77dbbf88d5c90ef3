import { type AccessClaims, type InnerClaims, parseJwks, verifyAccess } from '@weft/mesh/principal';
import { decodeJwt } from 'jose';
import type { Clock } from '../../../kit/Clock.ts';
import type { SigningKeys } from './SigningKeys.ts';

/** What an access token that holds says. */
export interface VerifiedAccess {
  readonly claims: AccessClaims;
  /** Of the token in it, which is signed with it. */
  readonly inner: InnerClaims;
}

/**
 * Verifies an access token as the edge does. Whether its session has been revoked is not asked.
 *
 * @throws Error that says why it is not good.
 */
export async function verifyAccessToken(
  keys: SigningKeys,
  clock: Clock,
  token: string,
): Promise<VerifiedAccess> {
  const claims = await verifyAccess(token, parseJwks(await keys.jwks()), clock.now());
  return { claims, inner: decodeJwt<InnerClaims>(claims.weft) };
}
