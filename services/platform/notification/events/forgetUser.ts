import type { Transaction } from 'kysely';
import type { DB } from '../database.ts';

/** Deletes what is held of a user whose account is gone. */
export async function forgetUser(transaction: Transaction<DB>, userId: string): Promise<void> {
  await transaction.deleteFrom('notification').where('user_id', '=', userId).execute();
  await transaction.deleteFrom('preferences').where('user_id', '=', userId).execute();
  await transaction.deleteFrom('inbox').where('user_id', '=', userId).execute();
}
