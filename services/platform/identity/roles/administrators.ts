import { sql, type Transaction } from 'kysely';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import { lockName } from '../accounts/lockAccount.ts';
import type { DB } from '../database.ts';
import { ADMIN } from './roles.ts';

/** Keeps others from making and unmaking administrators until the end of the transaction. Before accounts are locked. */
export function lockAdministrators(transaction: Transaction<DB>): Promise<void> {
  return lockName(transaction, 'administrators');
}

/** Whether somebody else than this account can grant roles. */
export async function hasAdministrator(
  transaction: Transaction<DB>,
  butFor: string | null = null,
): Promise<boolean> {
  const found = await transaction
    .selectFrom('account')
    .select('id')
    .where(sql<boolean>`${ADMIN} = any(roles)`)
    .where('disabled_at', 'is', null)
    .$if(butFor !== null, (query) => query.where('id', '!=', butFor))
    .limit(1)
    .execute();
  return found.length > 0;
}

/**
 * Refuses to take away the last one who can grant roles. Called with administrators locked.
 *
 * @throws RpcError FAILED_PRECONDITION, reason LAST_ADMINISTRATOR.
 */
export async function assertOtherAdministrator(
  transaction: Transaction<DB>,
  accountId: string,
): Promise<void> {
  if (await hasAdministrator(transaction, accountId)) return;
  throw failedPrecondition('LAST_ADMINISTRATOR', 'there would be no administrator any more');
}
