import type { CallContext } from '@weft/mesh/runtime';
import { UserDeleted } from '@weft/proto/identity/v1/events';
import type { DeleteUserRequest } from '@weft/proto/identity/v1/user_service';
import { sql, type Transaction } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { lockAccount } from '../accounts/lockAccount.ts';
import { revokeApiKeys } from '../apiKeys/revokeApiKeys.ts';
import { actorOf } from '../audit/actorOf.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import { userOf } from '../client/userOf.ts';
import { confirmPassword } from '../credentials/confirmPassword.ts';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { assertOtherAdministrator, lockAdministrators } from '../roles/administrators.ts';
import { ADMIN } from '../roles/roles.ts';
import { endSessions } from '../sessions/endSessions.ts';
import { accountIdFor } from './accountIdFor.ts';

/**
 * Deletes an account with all that is kept about it. What remains is that it was: events of its audit trail with their times
 * and actors, by an id that is nobody's any more.
 *
 * @throws as the contract says.
 */
export async function deleteUser(
  identity: Identity,
  context: CallContext,
  { userId, password }: DeleteUserRequest,
): Promise<void> {
  const { database, events } = identity;
  const id = accountIdFor(context, userId);
  if (id === userOf(context)?.subject && (await hasPassword(identity, id))) {
    await confirmPassword(identity, context, { userId: id, password });
  }
  await transact(database, async (transaction) => {
    await lockAdministrators(transaction);
    const { roles, email } = await lockAccount(transaction, id);
    if (roles.includes(ADMIN)) await assertOtherAdministrator(transaction, id);
    await endSessions(identity, transaction, { accountId: id }, 'ACCOUNT_DELETED');
    await revokeApiKeys(identity, transaction, id);
    await forget(transaction, id, email);
    await recordAudit(identity, transaction, {
      ...{ accountId: id, action: 'account_deleted', ...actorOf(context) },
      client: isOwn(context, id) ? NOWHERE : clientOf(context),
    });
    await events.add(transaction, UserDeleted, { userId: id }, actorOf(context));
  });
}

/** Nothing more is to be known of who has gone. */
const NOWHERE = { address: '', network: '', userAgent: '' };

function isOwn(context: CallContext, id: string): boolean {
  return userOf(context)?.subject === id;
}

async function hasPassword({ database }: Identity, accountId: string): Promise<boolean> {
  const row = await database
    .selectFrom('password')
    .select('account_id')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return row !== undefined;
}

/** With the account goes what belongs to it, by the tables' own rules; here is what they do not say. */
async function forget(
  transaction: Transaction<DB>,
  accountId: string,
  email: string | null,
): Promise<void> {
  if (email !== null) {
    await transaction.deleteFrom('mail').where('email', '=', email).execute();
    await transaction.deleteFrom('registration').where('email', '=', email).execute();
  }
  await transaction
    .updateTable('audit_event')
    .set({ address: '', user_agent: '', details: sql`'{}'::jsonb` })
    .where('account_id', '=', accountId)
    .execute();
  await transaction.deleteFrom('account').where('id', '=', accountId).execute();
}
