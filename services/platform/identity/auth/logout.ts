import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import { transact } from '../../../kit/database/transact.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import { userOf } from '../client/userOf.ts';
import type { Identity } from '../Identity.ts';
import { endSessions } from '../sessions/endSessions.ts';

/** Ends the session of a refresh token, else that of the caller. */
export function logout(identity: Identity): HandlersOf<AuthServiceDefinition>['logout'] {
  const { database, tokens } = identity;
  return async ({ refreshToken }, context) => {
    const client = clientOf(context);
    const sessionId = refreshToken
      ? tokens.read('refresh', refreshToken)?.id
      : userOf(context)?.session;
    if (!sessionId) return { success: true };
    await transact(database, async (transaction) => {
      const session = await transaction
        .selectFrom('session')
        .select('account_id')
        .where('id', '=', sessionId)
        .executeTakeFirst();
      if (!session) return;
      const accountId = session.account_id;
      const which = { accountId, only: sessionId };
      const ended = await endSessions(identity, transaction, which, 'LOGOUT');
      if (ended.length === 0) return;
      await recordAudit(identity, transaction, { accountId, action: 'logout', sessionId, client });
    });
    return { success: true };
  };
}
