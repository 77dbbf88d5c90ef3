import type {
  ListUnderlyingPricesRequest,
  ListUnderlyingPricesResponse,
} from '@weft/proto/market/v1/history';
import { type Kysely, sql } from 'kysely';
import { readPage } from '../../../kit/readPage.ts';
import { type Micros, timestampFromMicros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import { assertProduct } from './assertKnown.ts';
import { afterBucket, buckets } from './buckets.ts';
import { readPrices } from './prices.ts';
import { bucketOf, rangeOf, type TimeRange } from './rangeOf.ts';

interface BarRow {
  readonly start_us: Micros;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly count: number;
}

/** One page of an underlying's prices, or of what they were in each bucket. */
export async function listPrices(
  database: Kysely<DB>,
  request: ListUnderlyingPricesRequest,
): Promise<ListUnderlyingPricesResponse> {
  const { product } = request;
  const range = rangeOf(request.startTime, request.endTime);
  const lengthUs = bucketOf(request.bucket);
  await assertProduct(database, product);
  const list = ['prices', product, range.fromUs, range.untilUs, lengthUs ?? 0];
  if (lengthUs === undefined) {
    const { rows, nextPageToken } = await readPage(request, {
      ...{ list, type: 'number' as const },
      read: (after: Micros | undefined, limit) =>
        readPrices(
          database,
          product,
          { ...range, fromUs: after === undefined ? range.fromUs : after + 1 },
          limit,
        ),
      positionOf: ({ time_us }) => time_us,
    });
    const prices = rows.map(({ time_us, price, volume, sequence }) => {
      return { time: timestampFromMicros(time_us), price, volume, sequence };
    });
    return { prices, bars: [], nextPageToken };
  }
  const { rows, nextPageToken } = await readPage(request, {
    ...{ list, type: 'number' as const },
    read: (after: Micros | undefined, limit) =>
      readBars(
        database,
        product,
        { ...range, fromUs: afterBucket(range, after, lengthUs) },
        lengthUs,
        limit,
      ),
    positionOf: ({ start_us }) => start_us,
  });
  const bars = rows.map(({ start_us, ...bar }) => {
    return { startTime: timestampFromMicros(start_us), ...bar };
  });
  return { prices: [], bars, nextPageToken };
}

async function readBars(
  database: Kysely<DB>,
  product: string,
  range: TimeRange,
  lengthUs: Micros,
  limit: number,
): Promise<BarRow[]> {
  const rows = sql`underlying where product = ${product}`;
  const found = await sql<BarRow>`
    select start_us, bar.*
    from ${buckets({ ...range, rows, lengthUs, limit })} as bucket
    cross join lateral (
      select (array_agg(price order by time_us))[1] as open, max(price) as high, min(price) as low,
        (array_agg(price order by time_us))[count(*)] as close,
        sum(volume)::bigint as volume, count(*) as count
      from ${rows} and time_us >= from_us and time_us < until_us
    ) as bar
    order by start_us`.execute(database);
  return found.rows;
}
