import { type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type { Session, SessionServiceDefinition } from '@weft/proto/identity/v1/session';
import type { Selectable } from 'kysely';
import { readPageById } from '../../../kit/database/readPageById.ts';
import { transact } from '../../../kit/database/transact.ts';
import { timestampFromDate } from '../../../kit/time.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import { ownUser } from '../client/userOf.ts';
import type { Session as SessionRow } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { endSessions } from './endSessions.ts';

/** The methods of identity.v1.SessionService. */
export function sessionService(identity: Identity): HandlersOf<SessionServiceDefinition> {
  const { database, clock } = identity;
  return {
    async listSessions({ userId, ...page }, context) {
      const { subject, session } = ownUser(context, userId);
      const { rows, nextPageToken } = await readPageById(
        page,
        ['sessions', subject],
        database
          .selectFrom('session')
          .selectAll()
          .where('account_id', '=', subject)
          .where('ended_at', 'is', null)
          .where('expires_at', '>', clock.now()),
      );
      return { sessions: rows.map((row) => describeSession(row, session)), nextPageToken };
    },

    async revokeSession({ userId, sessionId }, context) {
      const { subject: accountId } = ownUser(context, userId);
      const client = clientOf(context);
      await transact(database, async (transaction) => {
        const session = await transaction
          .selectFrom('session')
          .select('id')
          .where('id', '=', sessionId)
          .where('account_id', '=', accountId)
          .executeTakeFirst();
        if (!session) throw new RpcError(Status.NOT_FOUND, `there is no session ${sessionId}`);
        const which = { accountId, only: sessionId };
        const ended = await endSessions(identity, transaction, which, 'REVOKED');
        if (ended.length === 0) return;
        const record = { accountId, action: 'session_revoked', sessionId, client };
        await recordAudit(identity, transaction, record);
      });
      return {};
    },

    async revokeSessions({ userId, keepCurrent }, context) {
      const { subject: accountId, session: sessionId } = ownUser(context, userId);
      const client = clientOf(context);
      const ended = await transact(database, async (transaction) => {
        const which = { accountId, except: keepCurrent ? sessionId : undefined };
        const ids = await endSessions(identity, transaction, which, 'REVOKED');
        const details = { count: String(ids.length) };
        const record = { accountId, action: 'sessions_revoked', sessionId, client, details };
        await recordAudit(identity, transaction, record);
        return ids;
      });
      return { revokedCount: ended.length };
    },
  };
}

export function describeSession(row: Selectable<SessionRow>, current: string): Session {
  return {
    ...{ sessionId: row.id, method: row.method, current: row.id === current },
    ...{ address: row.address, userAgent: row.user_agent },
    createTime: timestampFromDate(row.created_at),
    lastUsedTime: timestampFromDate(row.rotated_at),
    expireTime: timestampFromDate(row.expires_at),
  };
}
