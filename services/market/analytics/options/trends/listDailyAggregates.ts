import type {
  ListDailyAggregatesRequest,
  ListDailyAggregatesResponse,
} from '@weft/proto/market/v1/option_analytics';
import type { Kysely } from 'kysely';
import { readPage } from '../../../../kit/readPage.ts';
import { timestampFromMicros } from '../../../../kit/time.ts';
import type { DB } from '../../database.ts';
import { assertProduct } from '../chains/assertProduct.ts';
import { dayRange } from './dayRange.ts';
import { ratiosOf } from './ratios.ts';
import { readDays } from './readDays.ts';

/** One page of days. */
export async function listDailyAggregates(
  database: Kysely<DB>,
  request: ListDailyAggregatesRequest,
): Promise<ListDailyAggregatesResponse> {
  const { product, startDay, endDay } = request;
  const range = dayRange(startDay, endDay);
  await assertProduct(database, product);
  const { rows, nextPageToken } = await readPage(request, {
    list: ['daily aggregates', product, range.from, range.until],
    type: 'string',
    read: (after: string | undefined, limit) => readDays(database, product, range, after, limit),
    positionOf: ({ day }) => day,
  });
  const days = rows.map((row) => ({
    ...{ day: row.day, open: row.open, high: row.high, low: row.low, close: row.close },
    ...{ marketTime: timestampFromMicros(row.market_us), chainCount: row.chain_count },
    ...ratiosOf(row),
    ...(row.implied_volatility !== null && { impliedVolatility: row.implied_volatility }),
    ...(row.max_pain !== null && { maxPain: row.max_pain }),
  }));
  return { days, nextPageToken };
}
