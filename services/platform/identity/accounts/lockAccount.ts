import { RpcError, Status } from '@weft/mesh/runtime';
import { type Selectable, sql, type Transaction } from 'kysely';
import type { Account, DB } from '../database.ts';

/**
 * Reads an account and keeps others from changing it, or what belongs to it, until the end of the transaction.
 *
 * @throws RpcError NOT_FOUND.
 */
export async function lockAccount(
  transaction: Transaction<DB>,
  id: string,
): Promise<Selectable<Account>> {
  const account = await transaction
    .selectFrom('account')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!account) throw new RpcError(Status.NOT_FOUND, `there is no user ${id}`);
  return account;
}

/** Keeps others from what is known by a name, and may not be there yet, until the end of the transaction. */
export async function lockName(transaction: Transaction<DB>, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(transaction);
}
