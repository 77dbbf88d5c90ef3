import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import { SessionEndReason } from '@weft/proto/identity/v1/session';
import { timestampFromDate } from '../../../kit/time.ts';
import type { Identity } from '../Identity.ts';
import type { EndReason } from '../sessions/endSessions.ts';
import { invalidRefreshToken } from './refresh.ts';

/** Why and when a session has ended. */
export function explainSignOut({
  database,
  tokens,
  clock,
}: Identity): HandlersOf<AuthServiceDefinition>['explainSignOut'] {
  return async ({ refreshToken }) => {
    const token = tokens.read('refresh', refreshToken);
    const session =
      token &&
      (await database
        .selectFrom('session')
        .selectAll()
        .where('id', '=', token.id)
        .executeTakeFirst());
    if (!session) throw invalidRefreshToken();
    const { id: sessionId, ended_at: endedAt, end_reason: reason, expires_at: expiresAt } = session;
    const answer = (signedOut: boolean, why: 'UNSPECIFIED' | EndReason, at: Date | undefined) => ({
      ...{ signedOut, sessionId, reason: SessionEndReason[why] },
      endTime: at && timestampFromDate(at),
    });
    if (endedAt) return answer(true, reason as EndReason, endedAt);
    if (expiresAt <= clock.now()) return answer(true, 'EXPIRED', expiresAt);
    return answer(false, 'UNSPECIFIED', undefined);
  };
}
