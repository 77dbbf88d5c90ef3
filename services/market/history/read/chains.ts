import { type ChainUpdated, ExpiryChain } from '@weft/proto/market/v1/option_market';
import { type Kysely, sql } from 'kysely';
import { type Micros, timestampFromMicros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import { buckets } from './buckets.ts';
import type { TimeRange } from './rangeOf.ts';

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

/** As a row of a list: `position_us` is where the list goes on. */
export interface PlacedChainRow extends ChainRow {
  readonly position_us: Micros;
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

/** The first ones of a range, the oldest first. */
export async function readChains(
  database: Kysely<DB>,
  { product, expiry }: Expiry,
  { fromUs, untilUs }: TimeRange,
  limit: number,
): Promise<PlacedChainRow[]> {
  return database
    .selectFrom('expiry_chain')
    .select(COLUMNS)
    .select('time_us as position_us')
    .where('product', '=', product)
    .where('expiry', '=', expiry)
    .where('time_us', '>=', fromUs)
    .where('time_us', '<', untilUs)
    .orderBy('time_us')
    .limit(limit)
    .execute();
}

/** The last one of each of the first buckets of a range. */
export async function readLastOfBuckets(
  database: Kysely<DB>,
  { product, expiry }: Expiry,
  range: TimeRange,
  lengthUs: Micros,
  limit: number,
): Promise<PlacedChainRow[]> {
  const rows = sql`expiry_chain where product = ${product} and expiry = ${expiry}`;
  const found = await sql<PlacedChainRow>`
    select start_us as position_us, last.*
    from ${buckets({ ...range, rows, lengthUs, limit })} as bucket
    cross join lateral (
      select ${sql.join(COLUMNS.map((column) => sql.ref(column)))}
      from ${rows} and time_us >= from_us and time_us < until_us
      order by time_us desc limit 1
    ) as last
    order by start_us`.execute(database);
  return found.rows;
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
