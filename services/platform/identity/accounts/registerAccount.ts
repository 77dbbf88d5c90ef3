import { randomUUIDv7 } from 'node:crypto';
import { UserRegistered } from '@weft/proto/identity/v1/events';
import type { Selectable, Transaction } from 'kysely';
import type { Account, DB } from '../database.ts';
import type { Identity } from '../Identity.ts';

export interface NewAccount {
  /** In small letters, and shown to be the user's; null: none. */
  readonly email: string | null;
  readonly displayName: string;
  /** How the user has come, such as "password". */
  readonly method: string;
}

/**
 * Makes an account and tells others.
 *
 * @returns undefined when another account has the address; nothing is changed then.
 */
export async function registerAccount(
  { events, clock }: Identity,
  transaction: Transaction<DB>,
  { email, displayName, method }: NewAccount,
): Promise<Selectable<Account> | undefined> {
  const account = await transaction
    .insertInto('account')
    .values({
      id: randomUUIDv7(),
      email,
      display_name: displayName,
      created_at: clock.now(),
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (account) await events.add(transaction, UserRegistered, { userId: account.id, method });
  return account;
}
