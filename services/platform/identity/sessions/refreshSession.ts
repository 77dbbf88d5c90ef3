import type { User } from '@weft/proto/identity/v1/user';
import type { Selectable, Transaction } from 'kysely';
import { describeUser } from '../accounts/describeUser.ts';
import { findAccount } from '../accounts/findAccount.ts';
import { ANYBODY, recordAudit } from '../audit/recordAudit.ts';
import type { Client } from '../client/Client.ts';
import type { DB, Session } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { endSessions } from './endSessions.ts';
import type { SessionToken } from './startSession.ts';

/** For how long a refresh token that has a successor is answered with it: of two tabs, or after a lost answer. */
const GRACE_MS = 10_000;

export type Refreshed =
  | { readonly outcome: 'refreshed'; readonly user: User; readonly token: SessionToken }
  | { readonly outcome: 'ended'; readonly session: Selectable<Session> }
  | { readonly outcome: 'unknown' };

/**
 * Goes on with a session by one of its refresh tokens. They are numbered: the number of the next one is in the database,
 * and who holds the one before may have it too, within the grace. Whoever shows an older one ends the session: of two who
 * hold tokens of it, one has taken them.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc9700#section-4.14.2
 */
export async function refreshSession(
  identity: Identity,
  transaction: Transaction<DB>,
  { id, number }: { readonly id: string; readonly number: number },
  client: Client,
): Promise<Refreshed> {
  const now = identity.clock.now();
  const session = await transaction
    .selectFrom('session')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!session || number > session.generation) return { outcome: 'unknown' };
  const { account_id: accountId, generation, rotated_at: rotatedAt } = session;
  const end = async (reason: 'EXPIRED' | 'REFRESH_TOKEN_REUSED', at: Date): Promise<Refreshed> => {
    await endSessions(identity, transaction, { accountId, only: id }, reason);
    return { outcome: 'ended', session: { ...session, ended_at: at, end_reason: reason } };
  };
  if (session.ended_at) return { outcome: 'ended', session };
  if (session.expires_at <= now) return end('EXPIRED', session.expires_at);
  const inGrace = now.getTime() - rotatedAt.getTime() <= GRACE_MS;
  if (number < generation - 1 || (number === generation - 1 && !inGrace)) {
    const details = { reason: 'refresh_token_reused' };
    const record = { accountId, action: 'session_ended', actor: ANYBODY, sessionId: id };
    await recordAudit(identity, transaction, { ...record, client, details });
    return end('REFRESH_TOKEN_REUSED', now);
  }
  const next = number === generation ? generation + 1 : generation;
  if (next !== generation) {
    await transaction
      .updateTable('session')
      .set({
        ...{ generation: next, rotated_at: now },
        ...{ address: client.address, user_agent: client.userAgent },
      })
      .where('id', '=', id)
      .execute();
  }
  const found = await findAccount(transaction, accountId, client.network);
  if (!found) return { outcome: 'unknown' };
  const token = { sessionId: id, generation: next };
  return { outcome: 'refreshed', user: describeUser(found), token };
}
