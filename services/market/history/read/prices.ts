import type { Kysely } from 'kysely';
import type { Micros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import type { TimeRange } from './rangeOf.ts';

/** The price of an underlying at one time. */
export interface PriceRow {
  readonly time_us: Micros;
  readonly price: number;
  readonly volume: number;
  readonly sequence: number;
}

/** The first prices of a range, the oldest first. */
export function readPrices(
  database: Kysely<DB>,
  product: string,
  { fromUs, untilUs }: TimeRange,
  limit: number,
): Promise<PriceRow[]> {
  return database
    .selectFrom('underlying')
    .select(['time_us', 'price', 'volume', 'sequence'])
    .where('product', '=', product)
    .where('time_us', '>=', fromUs)
    .where('time_us', '<', untilUs)
    .orderBy('time_us')
    .limit(limit)
    .execute();
}
