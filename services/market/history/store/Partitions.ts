import { sql, type Transaction } from 'kysely';
import { onCommitted } from '../../../kit/database/transact.ts';
import type { Micros } from '../../../kit/time.ts';
import { type Week, weekOf } from './Week.ts';

/** Tables that are divided by weeks. */
export const PARTITIONED = ['underlying', 'expiry_chain', 'enrichment'] as const;

/** Who makes or removes partitions waits for others who do. */
const LOCK = 0x68697374;

/** The weeks for which a process knows that there are tables. */
export class Partitions {
  readonly #known = new Set<string>();

  /**
   * Sees to it that there is a table for an instant, in the transaction that is to write there.
   *
   * @returns false: it is older than what is kept.
   */
  async prepare<DB>(transaction: Transaction<DB>, us: Micros): Promise<boolean> {
    const week = weekOf(us);
    if (this.#known.has(week.name)) return true;
    const fromUs = await lockPartitions(transaction);
    if (week.startUs < fromUs) return false;
    await makePartitions(transaction, week);
    onCommitted(transaction, () => this.#known.add(week.name));
    return true;
  }

  /** Some may have been removed since. */
  forget(): void {
    this.#known.clear();
  }
}

/** Keeps others from making and removing partitions until the transaction ends. @returns where what is kept begins. */
export async function lockPartitions<DB>(transaction: Transaction<DB>): Promise<Micros> {
  await sql`select pg_advisory_xact_lock(${LOCK})`.execute(transaction);
  const { rows } = await sql<{ from_us: Micros }>`select from_us from retention`.execute(
    transaction,
  );
  return rows[0]?.from_us ?? Number.MIN_SAFE_INTEGER;
}

/** Makes those of a week that are not there, and keeps neither readers nor writers of others waiting. */
export async function makePartitions<DB>(transaction: Transaction<DB>, week: Week): Promise<void> {
  for (const table of PARTITIONED) {
    const name = `${table}_${week.name}`;
    const { rows } = await sql<{ is_there: boolean }>`
      select to_regclass(${name}) is not null as is_there`.execute(transaction);
    if (rows[0]?.is_there) continue;
    const [made, whole] = [sql.table(name), sql.table(table)];
    // CREATE TABLE ... PARTITION OF would lock the whole table.
    await sql`create table ${made} (like ${whole} including all)`.execute(transaction);
    await sql`
      alter table ${whole} attach partition ${made}
      for values from (${sql.lit(week.startUs)}) to (${sql.lit(week.endUs)})`.execute(transaction);
  }
}
