import { type ChainUpdated, ExpiryChain } from '@weft/proto/market/v1/option_market';
import { type Kysely, sql } from 'kysely';
import type { PageRequest } from '../../../kit/readPage.ts';
import { type Micros, timestampFromMicros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import type { TimeRange } from './rangeOf.ts';
import { readTimePage } from './readTimePage.ts';
import { readRows, type TimeRows } from './timeRows.ts';

/** The options of one expiry at one time, as they are kept. */
export interface ChainRow {
  readonly product: string;
  readonly time_us: Micros;
  readonly epoch: number;
  readonly sequence: number;
  readonly underlying_price: number;
  readonly underlying_volume: number;
  readonly time_zone: string | null;
  readonly options: Buffer;
}

/** An expiry of a product. */
export interface Expiry {
  readonly product: string;
  readonly expiry: string;
}

const COLUMNS = [
  ...(['product', 'time_us', 'epoch', 'sequence'] as const),
  ...(['underlying_price', 'underlying_volume', 'time_zone', 'options'] as const),
] as const;

/** The last one that is not later than a time. */
export function readLastChain(
  database: Kysely<DB>,
  { product, expiry }: Expiry,
  asOfUs: Micros = Number.MAX_SAFE_INTEGER,
): Promise<ChainRow | undefined> {
  return database
    .selectFrom('expiry_chain')
    .select(COLUMNS)
    .where('product', '=', product)
    .where('expiry', '=', expiry)
    .where('time_us', '<=', asOfUs)
    .orderBy('time_us', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The chains of an expiry. */
export function chainsOf({ product, expiry }: Expiry): TimeRows {
  return {
    rows: sql`expiry_chain where product = ${product} and expiry = ${expiry}`,
    columns: COLUMNS,
  };
}

/** The first ones of a range, the oldest first. */
export function readChains(
  database: Kysely<DB>,
  expiry: Expiry,
  range: TimeRange,
  limit: number,
): Promise<ChainRow[]> {
  return readRows<ChainRow>(database, chainsOf(expiry), range, limit);
}

/** One page of them, each or the last of each bucket. */
export function readChainPage(
  database: Kysely<DB>,
  request: PageRequest,
  list: string,
  expiry: Expiry,
  range: TimeRange,
  bucketUs: Micros | undefined,
): Promise<{ rows: ChainRow[]; nextPageToken: string }> {
  return readTimePage<ChainRow>(database, request, {
    ...{ ...chainsOf(expiry), range, bucketUs },
    list: [list, expiry.product, expiry.expiry],
    bytesOf: ({ options }) => options.length,
  });
}

/** As the contract shows it. @param options Each an encoded ExpiryChain, of the same time. */
export function chainOf(row: Omit<ChainRow, 'options'>, options: readonly Buffer[]): ChainUpdated {
  return {
    ...{ product: row.product, epoch: row.epoch, sequence: row.sequence },
    marketTime: timestampFromMicros(row.time_us),
    underlyingPrice: row.underlying_price,
    underlyingVolume: row.underlying_volume,
    timeZone: row.time_zone ?? undefined,
    expiries: options.map((each) => ExpiryChain.decode(each)),
  };
}
