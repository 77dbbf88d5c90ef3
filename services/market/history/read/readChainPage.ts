import type { Kysely } from 'kysely';
import { type PageRequest, readPage } from '../../../kit/readPage.ts';
import type { Micros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import { afterBucket } from './buckets.ts';
import { type Expiry, type PlacedChainRow, readChains, readLastOfBuckets } from './chains.ts';
import type { TimeRange } from './rangeOf.ts';

/** Chains of an expiry that one page is made of at most, and bytes of them as they are kept. */
const MOST_CHAINS = 200;
const MOST_BYTES = 1_000_000;

/** One page of the chains of an expiry, each or the last of each bucket; fewer than asked for where they are large. */
export function readChainPage(
  database: Kysely<DB>,
  request: PageRequest,
  list: string,
  expiry: Expiry,
  range: TimeRange,
  bucketUs: Micros | undefined,
): Promise<{ rows: PlacedChainRow[]; nextPageToken: string }> {
  let isCut = false;
  return readPage(request, {
    list: [list, expiry.product, expiry.expiry, range.fromUs, range.untilUs, bucketUs ?? 0],
    type: 'number',
    async read(after: Micros | undefined, limit) {
      const most = Math.min(limit, MOST_CHAINS);
      const rows = await read(after, most);
      const fitting = withinBytes(rows);
      isCut = fitting < rows.length || (rows.length === most && most < limit);
      return rows.slice(0, fitting);
    },
    positionOf: ({ position_us }) => position_us,
    hasStoppedEarly: () => isCut,
  });

  function read(after: Micros | undefined, limit: number): Promise<PlacedChainRow[]> {
    if (bucketUs === undefined) {
      const fromUs = after === undefined ? range.fromUs : after + 1;
      return readChains(database, expiry, { ...range, fromUs }, limit);
    }
    const rest = { ...range, fromUs: afterBucket(range, after, bucketUs) };
    return readLastOfBuckets(database, expiry, rest, bucketUs, limit);
  }
}

/** How many of the first ones fit; one always does. */
function withinBytes(rows: readonly PlacedChainRow[]): number {
  let bytes = 0;
  const tooMany = rows.findIndex(({ options }) => {
    bytes += options.length;
    return bytes > MOST_BYTES;
  });
  return tooMany < 0 ? rows.length : Math.max(1, tooMany);
}
