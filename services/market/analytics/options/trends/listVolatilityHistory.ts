import type {
  ListVolatilityHistoryRequest,
  ListVolatilityHistoryResponse,
  VolatilityDay,
} from '@weft/proto/market/v1/option_analytics';
import type { Kysely } from 'kysely';
import { readPage } from '../../../../kit/readPage.ts';
import { realisedVolatility } from '../../../options/realisedVolatility.ts';
import type { DB } from '../../database.ts';
import { assertProduct } from '../chains/assertProduct.ts';
import { dayRange } from './dayRange.ts';
import { readDays } from './readDays.ts';

const DEFAULT_WINDOW_DAYS = 21;
const TRADING_DAYS_PER_YEAR = 252;

/** One page of days, each with the volatility that was told and the one that came. */
export async function listVolatilityHistory(
  database: Kysely<DB>,
  request: ListVolatilityHistoryRequest,
): Promise<ListVolatilityHistoryResponse> {
  const { product, startDay, endDay, windowDays: window = 0 } = request;
  const windowDays = window || DEFAULT_WINDOW_DAYS;
  const range = dayRange(startDay, endDay);
  await assertProduct(database, product);
  const { rows, nextPageToken } = await readPage(request, {
    list: ['volatility history', product, range.from, range.until, windowDays],
    type: 'string',
    read: (after: string | undefined, limit) => readDays(database, product, range, after, limit),
    positionOf: ({ day }) => day,
  });
  const before = await closesBefore(database, product, rows[0]?.day, windowDays);
  const closes = [...before, ...rows.map(({ close }) => close)];
  const days = rows.map(({ day, close, implied_volatility: implied }, i): VolatilityDay => {
    const end = before.length + i + 1;
    // So many returns take one close more.
    const realised =
      end > windowDays
        ? realisedVolatility(closes.slice(end - windowDays - 1, end), TRADING_DAYS_PER_YEAR)
        : null;
    return {
      ...{ day, close },
      ...(implied !== null && { impliedVolatility: implied }),
      ...(realised !== null && { realisedVolatility: realised }),
      ...(implied !== null && realised !== null && { premium: implied - realised }),
    };
  });
  return { days, nextPageToken };
}

/** In order. */
async function closesBefore(
  database: Kysely<DB>,
  product: string,
  day: string | undefined,
  count: number,
): Promise<number[]> {
  if (day === undefined) return [];
  const rows = await database
    .selectFrom('option_day')
    .select('close')
    .where('product', '=', product)
    .where('day', '<', day)
    .orderBy('day', 'desc')
    .limit(count)
    .execute();
  return rows.map(({ close }) => close).reverse();
}
