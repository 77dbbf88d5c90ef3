import type { Selectable, Transaction } from 'kysely';
import type { ApiKey, DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { addRevocations } from '../publication/addRevocations.ts';

/**
 * Revokes API keys of an account: they open nothing two seconds after the commit.
 *
 * @param which Default: all.
 * @returns the ids of those that were not revoked.
 */
export async function revokeApiKeys(
  identity: Identity,
  transaction: Transaction<DB>,
  accountId: string,
  which: (key: Selectable<ApiKey>) => boolean = () => true,
): Promise<string[]> {
  const now = identity.clock.now();
  const keys = await transaction
    .selectFrom('api_key')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .forUpdate()
    .execute();
  const ids = keys.filter(which).map(({ id }) => id);
  if (ids.length === 0) return ids;
  await transaction
    .updateTable('api_key')
    .set({ revoked_at: now })
    .where('id', 'in', ids)
    .execute();
  await addRevocations(identity, transaction, ids, now);
  return ids;
}
