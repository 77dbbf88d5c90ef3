import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import type { Transaction } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { describeUser } from '../accounts/describeUser.ts';
import { findAccount } from '../accounts/findAccount.ts';
import { registerAccount } from '../accounts/registerAccount.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { type Client, clientOf } from '../client/Client.ts';
import { completeEmailChange } from '../credentials/completeEmailChange.ts';
import type { DB } from '../database.ts';
import { invalidLink } from '../errors.ts';
import type { Identity } from '../Identity.ts';

/** Follows the link of a mail. */
export function verifyEmail(identity: Identity): HandlersOf<AuthServiceDefinition>['verifyEmail'] {
  const { database, tokens } = identity;
  return async ({ token }, context) => {
    const client = clientOf(context);
    const registration = tokens.read('register', token);
    const change = tokens.read('change_email', token);
    const found = await transact(database, async (transaction) => {
      const accountId = registration
        ? await completeRegistration(identity, transaction, registration.id, client)
        : change && (await completeEmailChange(identity, transaction, change.id, client));
      return accountId === undefined
        ? undefined
        : findAccount(transaction, accountId, client.network);
    });
    if (!found) throw invalidLink();
    return { success: true, user: describeUser(found) };
  };
}

/**
 * Makes the account that was asked for.
 *
 * @returns its id; undefined when the link is no longer good, or another account has the address.
 */
async function completeRegistration(
  identity: Identity,
  transaction: Transaction<DB>,
  id: string,
  client: Client,
): Promise<string | undefined> {
  const registration = await transaction
    .selectFrom('registration')
    .selectAll()
    .where('id', '=', id)
    .where('expires_at', '>', identity.clock.now())
    .forUpdate()
    .executeTakeFirst();
  if (!registration || registration.account_id) return registration?.account_id ?? undefined;
  const { email, display_name: displayName, password_hash: hash } = registration;
  const made = { email, displayName, method: 'password' };
  const account = await registerAccount(identity, transaction, made);
  if (!account) return undefined;
  await transaction
    .insertInto('password')
    .values({ account_id: account.id, hash, changed_at: identity.clock.now() })
    .execute();
  await transaction
    .updateTable('registration')
    .set({ account_id: account.id })
    .where('id', '=', id)
    .execute();
  await recordAudit(identity, transaction, {
    ...{ accountId: account.id, action: 'registered', client, details: { method: 'password' } },
  });
  return account.id;
}
