import { sql, type Transaction } from 'kysely';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import type { DB } from '../database.ts';

/**
 * Refuses to take away what a user signs in with, when nothing else is left: who has an address gets a password by it.
 * Called after it is gone.
 *
 * @throws RpcError FAILED_PRECONDITION, reason LAST_SIGN_IN_METHOD.
 */
export async function assertCanSignIn(
  transaction: Transaction<DB>,
  accountId: string,
): Promise<void> {
  const { rows } = await sql`
    select from account where id = ${accountId} and email is not null
    union all select from password where account_id = ${accountId}
    union all select from wallet where account_id = ${accountId}
    union all select from federated_identity where account_id = ${accountId}
    limit 1`.execute(transaction);
  if (rows.length > 0) return;
  throw failedPrecondition('LAST_SIGN_IN_METHOD', 'you could not sign in any more');
}
