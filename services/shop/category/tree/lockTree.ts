import { sql, type Transaction } from 'kysely';
import type { DB } from '../database.ts';

/**
 * Lets nobody else change the tree until the transaction ends, while all may read it. Whether a move makes a ring depends on rows that
 * another move may be about to change, so no lock of single rows would do.
 */
export async function lockTree(transaction: Transaction<DB>): Promise<void> {
  await sql`lock table category in share row exclusive mode`.execute(transaction);
}
