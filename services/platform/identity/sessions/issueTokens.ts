import { signAccess, tokenRules } from '@weft/mesh/principal';
import type { LoginResponse } from '@weft/proto/identity/v1/auth';
import type { User } from '@weft/proto/identity/v1/user';
import type { Identity } from '../Identity.ts';
import type { SessionToken } from './startSession.ts';

/**
 * What a user is given who has signed in, or goes on: an access token for now and a refresh token for later.
 *
 * @returns the answer of Login, and of all other ways in.
 */
export async function issueTokens(
  { keys, tokens, clock }: Identity,
  user: User,
  { sessionId, generation }: SessionToken,
): Promise<LoginResponse> {
  const { userId, roles } = user;
  const accessToken = await signAccess(
    { subject: userId, kind: 'user', roles, scopes: [], session: sessionId },
    keys.current(),
    { now: clock.now().getTime() },
  );
  return {
    ...{ success: true, user, userId, sessionId, accessToken, token: accessToken },
    refreshToken: tokens.make('refresh', sessionId, generation),
    expiresIn: tokenRules.lifeSeconds,
  };
}
