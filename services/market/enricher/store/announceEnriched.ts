import type { Kysely, Transaction } from 'kysely';
import { notify } from '../../../kit/database/notify.ts';
import { onCommitted } from '../../../kit/database/transact.ts';
import type { DB } from '../database.ts';

/** On which instances hear of each other's products. */
export const ENRICHED_CHANNEL = 'enriched';

/** PostgreSQL takes 8,000 bytes. */
const MOST_AT_ONCE = 500;

/**
 * Tells all instances which products have changed, once the transaction is committed. A process that dies in between tells nobody: those
 * who watch look for themselves from time to time.
 */
export function announceEnriched(
  chains: readonly { readonly product: string }[],
  transaction: Transaction<DB>,
  database: Kysely<DB>,
): void {
  const products = [...new Set(chains.map(({ product }) => product))];
  onCommitted(transaction, () => {
    for (let at = 0; at < products.length; at += MOST_AT_ONCE) {
      const payload = products.slice(at, at + MOST_AT_ONCE).join(' ');
      // The next one tells of it.
      notify(database as unknown as Kysely<unknown>, ENRICHED_CHANNEL, payload).catch(() => {});
    }
  });
}
