import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import type { Selectable } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { clientOf } from '../client/Client.ts';
import type { Session } from '../database.ts';
import { unauthenticated } from '../errors.ts';
import type { Identity } from '../Identity.ts';
import { issueTokens } from '../sessions/issueTokens.ts';
import { refreshSession } from '../sessions/refreshSession.ts';

/** Goes on with a session. */
export function refresh(identity: Identity): HandlersOf<AuthServiceDefinition>['refresh'] {
  const { database, tokens } = identity;
  return async ({ refreshToken }, context) => {
    const token = tokens.read('refresh', refreshToken);
    if (!token) throw invalidRefreshToken();
    const client = clientOf(context);
    const refreshed = await transact(database, (transaction) =>
      refreshSession(identity, transaction, token, client),
    );
    if (refreshed.outcome === 'unknown') throw invalidRefreshToken();
    if (refreshed.outcome === 'ended') throw sessionEnded(refreshed.session);
    return issueTokens(identity, refreshed.user, refreshed.token);
  };
}

/** One that identity has not made, or of a session that there is no more. */
export function invalidRefreshToken() {
  return unauthenticated('REFRESH_TOKEN_INVALID', 'the refresh token is none');
}

function sessionEnded({ ended_at, end_reason }: Selectable<Session>) {
  if (end_reason === 'EXPIRED') {
    return unauthenticated('SESSION_EXPIRED', 'the session is over: sign in again');
  }
  return unauthenticated('SESSION_ENDED', 'the session was ended: sign in again', {
    end_reason: `SESSION_END_REASON_${end_reason}`,
    end_time: ended_at?.toISOString() ?? '',
  });
}
