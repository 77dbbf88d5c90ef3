import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Micros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import { buckets } from './buckets.ts';
import type { TimeRange } from './rangeOf.ts';

/** Rows that have a time. */
export interface TimeRows {
  /** A table with a time_us, and which of its rows, such as: underlying where product = 'WEFT'. */
  readonly rows: RawBuilder<unknown>;
  /** What is read of them. */
  readonly columns: readonly string[];
}

/** A row of a list: `position_us` is where the list goes on. */
export interface Placed {
  readonly position_us: Micros;
}

/** The first ones of a range, the oldest first. */
export async function readRows<Row>(
  database: Kysely<DB>,
  { rows, columns }: TimeRows,
  { fromUs, untilUs }: TimeRange,
  limit: number,
): Promise<(Row & Placed)[]> {
  const found = await sql<Row & Placed>`
    select time_us as position_us, ${listOf(columns)} from ${rows}
      and time_us >= ${fromUs} and time_us < ${untilUs}
    order by time_us limit ${limit}`.execute(database);
  return found.rows;
}

/** The last one of each of the first buckets of a range. */
export async function readLastOfBuckets<Row>(
  database: Kysely<DB>,
  { rows, columns }: TimeRows,
  range: TimeRange,
  lengthUs: Micros,
  limit: number,
): Promise<(Row & Placed)[]> {
  const found = await sql<Row & Placed>`
    select start_us as position_us, last.*
    from ${buckets({ ...range, rows, lengthUs, limit })} as bucket
    cross join lateral (
      select ${listOf(columns)} from ${rows} and time_us >= from_us and time_us < until_us
      order by time_us desc limit 1
    ) as last
    order by start_us`.execute(database);
  return found.rows;
}

function listOf(columns: readonly string[]): RawBuilder<unknown> {
  return sql.join(columns.map((column) => sql.ref(column)));
}
