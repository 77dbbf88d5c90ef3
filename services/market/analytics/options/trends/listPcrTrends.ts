import type {
  ListPcrTrendsRequest,
  ListPcrTrendsResponse,
} from '@weft/proto/market/v1/option_analytics';
import { type Kysely, sql } from 'kysely';
import { invalidArgument } from '../../../../kit/invalidArgument.ts';
import { readPage } from '../../../../kit/readPage.ts';
import {
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  type Micros,
  microsFromTimestamp,
  timestampFromMicros,
} from '../../../../kit/time.ts';
import type { DB } from '../../database.ts';
import { assertProduct } from '../chains/assertProduct.ts';
import { rangeReversed } from './dayRange.ts';
import { type PutsAndCalls, ratiosOf } from './ratios.ts';

const DEFAULT_INTERVAL_US = 15 * MICROS_PER_MINUTE;
/** Beyond all times that there are. */
const EARLIEST_US = -MICROS_PER_DAY * 800_000;
const LATEST_US = MICROS_PER_DAY * 800_000;

/** One page of put-call ratios. However long the range, what is read is what the page has. */
export async function listPcrTrends(
  database: Kysely<DB>,
  request: ListPcrTrendsRequest,
): Promise<ListPcrTrendsResponse> {
  const { product, startTime, endTime, expiry } = request;
  const intervalUs = readInterval(request);
  const ceil = (us: Micros) => Math.ceil(us / intervalUs) * intervalUs;
  const fromUs = startTime ? microsFromTimestamp(startTime) : EARLIEST_US;
  const untilUs = endTime ? microsFromTimestamp(endTime) : LATEST_US;
  if (fromUs > untilUs) throw rangeReversed('start_time', 'end_time');
  await assertProduct(database, product);
  const { rows, nextPageToken } = await readPage(request, {
    list: ['pcr trends', product, expiry ?? '', intervalUs, fromUs, untilUs],
    type: 'number',
    read: (after: Micros | undefined, limit) =>
      readPoints(database, {
        ...{ product, expiry, intervalUs, limit, untilUs: ceil(untilUs) },
        fromUs: after === undefined ? ceil(fromUs) : after + intervalUs,
      }),
    positionOf: ({ start_us }) => start_us,
  });
  const points = rows.map((row) => ({
    startTime: timestampFromMicros(row.start_us),
    marketTime: timestampFromMicros(row.market_us),
    underlyingPrice: row.underlying_price,
    ...ratiosOf(row),
  }));
  return { points, nextPageToken };
}

function readInterval({ interval }: ListPcrTrendsRequest): Micros {
  if (!interval) return DEFAULT_INTERVAL_US;
  const us = interval.seconds * MICROS_PER_SECOND;
  if (interval.nanos === 0 && us % MICROS_PER_MINUTE === 0 && MICROS_PER_DAY % us === 0) return us;
  throw invalidArgument('interval', 'must be whole minutes that divide a day');
}

interface PointRange {
  readonly product: string;
  /** Undefined: all of them together. */
  readonly expiry: string | undefined;
  readonly intervalUs: Micros;
  readonly fromUs: Micros;
  readonly untilUs: Micros;
  readonly limit: number;
}

interface PointRow extends PutsAndCalls {
  readonly start_us: Micros;
  readonly market_us: Micros;
  readonly underlying_price: number;
}

/** From interval to interval by the index: those between, and the minutes within, are not read. */
async function readPoints(
  database: Kysely<DB>,
  { product, expiry, intervalUs, fromUs, untilUs, limit }: PointRange,
): Promise<PointRow[]> {
  const length = sql`${intervalUs}::bigint`;
  const startOf = (us: ReturnType<typeof sql>) =>
    sql`(${us} - mod(mod(${us}, ${length}) + ${length}, ${length}))`;
  const isListed = expiry === undefined ? sql`` : sql`and ${expiry} = any(m.expiry)`;
  const count = (column: ReturnType<typeof sql>) =>
    expiry === undefined
      ? sql`(select sum(each) from unnest(${column}) each)::bigint`
      : sql`(${column})[array_position(m.expiry, ${expiry})]`;
  const { rows } = await sql<PointRow>`
    with recursive first as (
      (select m.start_us from option_minute m
       where m.product = ${product} and m.start_us >= ${fromUs} and m.start_us < ${untilUs} ${isListed}
       order by m.start_us limit 1)
      union all
      select (
        select m.start_us from option_minute m
        where m.product = ${product} and m.start_us < ${untilUs} ${isListed}
          and m.start_us >= ${startOf(sql`first.start_us`)} + ${length}
        order by m.start_us limit 1)
      from first where first.start_us is not null
    )
    select ${startOf(sql`first.start_us`)} as start_us, last.*
    from (select start_us from first where start_us is not null limit ${limit}) first
    cross join lateral (
      select m.market_us, m.underlying_price,
        ${count(sql`m.call_volume`)} as call_volume,
        ${count(sql`m.put_volume`)} as put_volume,
        ${count(sql`m.call_open_interest`)} as call_open_interest,
        ${count(sql`m.put_open_interest`)} as put_open_interest
      from option_minute m
      where m.product = ${product} ${isListed}
        and m.start_us >= first.start_us
        and m.start_us < ${startOf(sql`first.start_us`)} + ${length}
      order by m.start_us desc limit 1
    ) last
    order by 1`.execute(database);
  return rows;
}
