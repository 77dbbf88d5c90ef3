import { type Kysely, sql, type Transaction } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import type { Micros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import { lockPartitions, makePartitions, PARTITIONED } from './Partitions.ts';
import { MICROS_PER_WEEK, type Week, weekNamed, weekOf } from './Week.ts';

export interface TendOptions {
  /** How much is kept before the newest chain. */
  readonly retentionUs: Micros;
  /** A market whose clock is ahead of this one makes nobody's chains too old. */
  readonly nowUs: Micros;
}

/** Weeks from the newest chain on for which there are tables. */
const AHEAD = 4;
/** All readers of the table wait behind who waits for its lock. */
const LOCK_TIMEOUT = '1s';

/**
 * Makes the tables of the weeks to come, and removes those whose time is over. Any number of instances may do it at once.
 *
 * @returns names of the weeks that have been removed.
 * @throws when readers keep a table for longer than a second: then it is for another time.
 */
export async function tendPartitions(
  database: Kysely<DB>,
  { retentionUs, nowUs }: TendOptions,
): Promise<string[]> {
  const { newest } = await database
    .selectFrom('product')
    .select(({ fn }) => fn.max('last_time_us').as('newest'))
    .executeTakeFirstOrThrow();
  if (newest === null) return [];
  const current = Math.min(newest, nowUs);
  await transact(database, async (transaction) => {
    await lockPartitions(transaction);
    for (let ahead = 0; ahead < AHEAD; ahead += 1) {
      await makePartitions(transaction, weekOf(current + ahead * MICROS_PER_WEEK));
    }
  });
  const fromUs = weekOf(current - retentionUs).startUs;
  return transact(database, async (transaction) => {
    if (fromUs <= (await lockPartitions(transaction))) return [];
    await transaction.updateTable('retention').set({ from_us: fromUs }).execute();
    const over = (await listWeeks(transaction)).filter(({ endUs }) => endUs <= fromUs);
    await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT)}`.execute(transaction);
    for (const { name } of over) {
      for (const table of PARTITIONED) {
        await sql`drop table if exists ${sql.table(`${table}_${name}`)}`.execute(transaction);
      }
    }
    await transaction.deleteFrom('product').where('last_time_us', '<', fromUs).execute();
    return over.map(({ name }) => name);
  });
}

async function listWeeks(transaction: Transaction<DB>): Promise<Week[]> {
  const { rows } = await sql<{ name: string }>`
    select replace(inhrelid::regclass::text, 'underlying_', '') as name
    from pg_inherits where inhparent = 'underlying'::regclass order by 1`.execute(transaction);
  return rows.map(({ name }) => weekNamed(name)).filter((week) => week !== undefined);
}
