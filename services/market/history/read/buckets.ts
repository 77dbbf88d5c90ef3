import { type RawBuilder, sql } from 'kysely';
import type { Micros } from '../../../kit/time.ts';
import type { TimeRange } from './rangeOf.ts';

export interface BucketOptions extends TimeRange {
  /** A table with a time_us, and which of its rows, such as: underlying where product = 'WEFT'. */
  readonly rows: RawBuilder<unknown>;
  readonly lengthUs: Micros;
  readonly limit: number;
}

/**
 * A query of the first buckets of a range that have rows: `start_us`, and `from_us` and `until_us`, between which are those of its
 * rows that are in the range. It goes from one to the next by the index, however many rows are in them.
 */
export function buckets({ rows, lengthUs, fromUs, untilUs, limit }: BucketOptions) {
  const length = sql`${lengthUs}::bigint`;
  // PostgreSQL's mod has the sign of what is divided.
  const start = sql`(time_us - mod(mod(time_us, ${length}) + ${length}, ${length}))`;
  const first = (after: RawBuilder<unknown>) => sql`
    select ${start} as start_us from ${rows}
      and time_us >= ${after} and time_us < ${untilUs}::bigint order by time_us limit 1`;
  return sql`(
    with recursive bucket as (
      (${first(sql`${fromUs}::bigint`)})
      union all
      select next.start_us
      from bucket cross join lateral (${first(sql`bucket.start_us + ${length}`)}) as next
    )
    select start_us, greatest(start_us, ${fromUs}::bigint) as from_us,
      least(start_us + ${length}, ${untilUs}::bigint) as until_us
    from bucket limit ${limit}
  )`;
}

/** Where the list of buckets goes on behind one. */
export function afterBucket(
  { fromUs }: TimeRange,
  after: Micros | undefined,
  lengthUs: Micros,
): Micros {
  return after === undefined ? fromUs : Math.max(fromUs, after + lengthUs);
}
