import { UserEmailChanged } from '@weft/proto/identity/v1/events';
import type { Transaction } from 'kysely';
import { recordAudit } from '../audit/recordAudit.ts';
import type { Client } from '../client/Client.ts';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { NOTICE_MS } from '../mails/linkLives.ts';
import { requestMail } from '../mails/requestMail.ts';

/**
 * Gives an account the address whose link was followed. Of several links that were asked for, the last one to be followed
 * counts; each does once.
 *
 * @returns the account's id; undefined when the link is no longer good, or another account has the address.
 */
export async function completeEmailChange(
  identity: Identity,
  transaction: Transaction<DB>,
  id: string,
  client: Client,
): Promise<string | undefined> {
  const now = identity.clock.now();
  const link = await transaction
    .selectFrom('one_time_token')
    .selectAll()
    .where('id', '=', id)
    .where('expires_at', '>', now)
    .forUpdate()
    .executeTakeFirst();
  if (!link?.account_id || !link.email) return undefined;
  const { account_id: accountId, email } = link;
  const account = await transaction
    .selectFrom('account')
    .select('email')
    .where('id', '=', accountId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (link.used_at) return account.email === email ? accountId : undefined;
  const taken = await transaction
    .selectFrom('account')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirst();
  if (taken) return undefined;
  await transaction
    .updateTable('one_time_token')
    .set({ used_at: now })
    .where('id', '=', id)
    .execute();
  await transaction.updateTable('account').set({ email }).where('id', '=', accountId).execute();
  const record = { accountId, action: 'email_changed', client };
  await recordAudit(identity, transaction, record);
  if (account.email) {
    const expiresAt = new Date(now.getTime() + NOTICE_MS);
    const mail = { kind: 'EMAIL_CHANGED', email: account.email, expiresAt } as const;
    await requestMail(identity, transaction, mail);
  }
  await identity.events.add(transaction, UserEmailChanged, { userId: accountId });
  return accountId;
}
