import type { Kysely } from 'kysely';
import { type PageRequest, readPage } from '../../../kit/readPage.ts';
import type { Micros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import { afterBucket } from './buckets.ts';
import type { TimeRange } from './rangeOf.ts';
import { type Placed, readLastOfBuckets, readRows, type TimeRows } from './timeRows.ts';

export interface TimePageOptions<Row> extends TimeRows {
  /** What the list is of, such as ["chains", product]. */
  readonly list: readonly (string | number)[];
  readonly range: TimeRange;
  /** Undefined: each row, not the last of each bucket. */
  readonly bucketUs: Micros | undefined;
  /** How large a row is. */
  readonly bytesOf: (row: Row) => number;
}

/** Rows that one page is made of at most, and bytes of them as they are kept. */
const MOST_ROWS = 200;
const MOST_BYTES = 1_000_000;

/** One page of rows by their time, each or the last of each bucket; fewer than asked for where they are large. */
export function readTimePage<Row>(
  database: Kysely<DB>,
  request: PageRequest,
  { list, range, bucketUs, bytesOf, ...source }: TimePageOptions<Row>,
): Promise<{ rows: (Row & Placed)[]; nextPageToken: string }> {
  let isCut = false;
  return readPage(request, {
    list: [...list, range.fromUs, range.untilUs, bucketUs ?? 0],
    type: 'number',
    async read(after: Micros | undefined, limit) {
      const most = Math.min(limit, MOST_ROWS);
      const rows = await read(after, most);
      const fitting = fittingRows(rows, bytesOf);
      isCut = fitting < rows.length || (rows.length === most && most < limit);
      return rows.slice(0, fitting);
    },
    positionOf: ({ position_us }) => position_us,
    hasStoppedEarly: () => isCut,
  });

  function read(after: Micros | undefined, limit: number): Promise<(Row & Placed)[]> {
    if (bucketUs === undefined) {
      const fromUs = after === undefined ? range.fromUs : after + 1;
      return readRows<Row>(database, source, { ...range, fromUs }, limit);
    }
    const rest = { ...range, fromUs: afterBucket(range, after, bucketUs) };
    return readLastOfBuckets<Row>(database, source, rest, bucketUs, limit);
  }
}

/** How many of the first ones fit; one always does. */
function fittingRows<Row>(rows: readonly Row[], bytesOf: (row: Row) => number): number {
  let bytes = 0;
  const tooMany = rows.findIndex((row) => {
    bytes += bytesOf(row);
    return bytes > MOST_BYTES;
  });
  return tooMany < 0 ? rows.length : Math.max(1, tooMany);
}
