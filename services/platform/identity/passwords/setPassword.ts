import { UserPasswordChanged } from '@weft/proto/identity/v1/events';
import type { Transaction } from 'kysely';
import { recordAudit } from '../audit/recordAudit.ts';
import type { Client } from '../client/Client.ts';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { NOTICE_MS } from '../mails/linkLives.ts';
import { requestMail } from '../mails/requestMail.ts';
import { endSessions } from '../sessions/endSessions.ts';

export interface NewPassword {
  readonly accountId: string;
  /** Whom to tell; null: the account has no address. */
  readonly email: string | null;
  readonly hash: string;
  /** In which it is changed, and which goes on. */
  readonly sessionId?: string;
  /** How, such as "password_reset". */
  readonly action: string;
  readonly client: Client;
}

/** Gives an account a password, ends its sessions, and makes links for another one good for nothing. */
export async function setPassword(
  identity: Identity,
  transaction: Transaction<DB>,
  { accountId, email, hash, sessionId, action, client }: NewPassword,
): Promise<void> {
  const now = identity.clock.now();
  await transaction
    .insertInto('password')
    .values({ account_id: accountId, hash, changed_at: now })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ hash, changed_at: now }))
    .execute();
  await transaction
    .updateTable('one_time_token')
    .set({ used_at: now })
    .where('account_id', '=', accountId)
    .where('purpose', '=', 'reset_password')
    .where('used_at', 'is', null)
    .execute();
  const which = { accountId, except: sessionId };
  await endSessions(identity, transaction, which, 'PASSWORD_CHANGED');
  await recordAudit(identity, transaction, {
    ...{ accountId, action, client },
    ...(sessionId === undefined ? {} : { sessionId }),
  });
  if (email !== null) {
    const expiresAt = new Date(now.getTime() + NOTICE_MS);
    await requestMail(identity, transaction, { kind: 'PASSWORD_CHANGED', email, expiresAt });
  }
  await identity.events.add(transaction, UserPasswordChanged, { userId: accountId });
}
