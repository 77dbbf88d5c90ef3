import type { Transaction } from 'kysely';
import { onCommitted } from '../../../kit/database/transact.ts';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { TOKEN_LIFE_MS } from '../keys/SigningKeys.ts';

/**
 * Has it published, once the transaction is committed, that sessions or API keys are over: no token of theirs opens anything
 * two seconds later.
 *
 * @param sids At least one.
 */
export async function addRevocations(
  { publication }: Pick<Identity, 'publication'>,
  transaction: Transaction<DB>,
  sids: readonly string[],
  now: Date,
): Promise<void> {
  const expiresAt = new Date(now.getTime() + TOKEN_LIFE_MS);
  await transaction
    .insertInto('revocation')
    .values(sids.map((sid) => ({ sid, expires_at: expiresAt })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  onCommitted(transaction, () => publication.wake());
}
