import type { Duration } from '@weft/proto/google/protobuf/duration';
import type {
  Candle,
  ListCandlesRequest,
  ListCandlesResponse,
} from '@weft/proto/market/v1/analytics';
import { type Kysely, sql } from 'kysely';
import { invalidArgument } from '../../kit/invalidArgument.ts';
import { readPage } from '../../kit/readPage.ts';
import {
  MICROS_PER_SECOND,
  type Micros,
  microsFromTimestamp,
  timestampFromMicros,
} from '../../kit/time.ts';
import { candleStartSql, nextCandleStart, STORED_INTERVAL_US } from './book/candleGrid.ts';
import type { DB } from './database.ts';

const DEFAULT_INTERVAL: Duration = { seconds: 86_400, nanos: 0 };

/** One page of an asset's candles, made from those of a minute. */
export async function listCandles(
  database: Kysely<DB>,
  request: ListCandlesRequest,
): Promise<ListCandlesResponse> {
  const { assetSymbol, startTime, endTime } = request;
  const intervalUs = readInterval(request.interval ?? DEFAULT_INTERVAL);
  const fromUs = startTime
    ? nextCandleStart(microsFromTimestamp(startTime), intervalUs)
    : EARLIEST_US;
  const untilUs = endTime ? nextCandleStart(microsFromTimestamp(endTime), intervalUs) : LATEST_US;
  const { rows, nextPageToken } = await readPage(request, {
    list: ['candles', assetSymbol, intervalUs, fromUs, untilUs],
    type: 'number',
    read: (after: Micros | undefined, limit) =>
      readCandles(database, {
        symbol: assetSymbol,
        intervalUs,
        fromUs: after === undefined ? fromUs : after + intervalUs,
        untilUs,
        limit,
      }),
    positionOf: ({ start_us }) => start_us,
    hasStoppedEarly: (rows) => (rows.at(-1)?.minutes_read ?? 0) >= MOST_MINUTES,
  });
  return { candles: rows.map(candleOf), nextPageToken };
}

/** Beyond all event times that can be kept. */
const EARLIEST_US = Number.MIN_SAFE_INTEGER;
const LATEST_US = Number.MAX_SAFE_INTEGER;

interface CandleRange {
  readonly symbol: string;
  readonly intervalUs: Micros;
  /** Start of the first candle, at the earliest. */
  readonly fromUs: Micros;
  /** Candles start before this. */
  readonly untilUs: Micros;
  readonly limit: number;
}

type CandleRow = Omit<DB['candle'], 'symbol' | 'open_us' | 'close_us'> & {
  /** By this candle and those of the page before it. */
  readonly minutes_read: number;
};

/**
 * A page ends with the candle in which it has read so many minutes, half a second of the database's work: a
 * thousand candles of a week would be ten million. A hundred days of a market that never closes are below it.
 */
const MOST_MINUTES = 150_000;

/**
 * Finds one candle's start after another by the primary key, so that a page reads no more minutes than
 * its candles span, however long the asset's history is; and no more candles once it has read MOST_MINUTES.
 */
async function readCandles(database: Kysely<DB>, range: CandleRange): Promise<CandleRow[]> {
  const interval = sql`${range.intervalUs}::bigint`;
  const firstMinuteFrom = (fromUs: ReturnType<typeof sql>) => sql`(
    select ${candleStartSql(sql.ref('start_us'), interval)} as start_us
    from candle
    where symbol = ${range.symbol} and start_us >= ${fromUs} and start_us < ${range.untilUs}
    order by candle.start_us limit 1
  )`;
  const mergedFrom = (fromUs: ReturnType<typeof sql>) => sql`(
    select
      (array_agg(open order by start_us))[1] as open,
      max(high) as high,
      min(low) as low,
      (array_agg(close order by start_us desc))[1] as close,
      sum(volume order by start_us) as volume,
      sum(count)::bigint as count,
      count(*) as minutes
    from candle
    where symbol = ${range.symbol} and start_us >= ${fromUs} and start_us < ${fromUs} + ${interval}
  )`;
  const { rows } = await sql<CandleRow>`
    with recursive page (start_us, open, high, low, close, volume, count, minutes_read, number) as (
      select slot.start_us, merged.*, 1
      from ${firstMinuteFrom(sql`${range.fromUs}::bigint`)} as slot,
        lateral ${mergedFrom(sql`slot.start_us`)} as merged
      union all
      select slot.start_us, merged.open, merged.high, merged.low, merged.close, merged.volume,
        merged.count, page.minutes_read + merged.minutes, page.number + 1
      from page,
        lateral ${firstMinuteFrom(sql`page.start_us + ${interval}`)} as slot,
        lateral ${mergedFrom(sql`slot.start_us`)} as merged
      where page.number < ${range.limit} and page.minutes_read < ${MOST_MINUTES}
    )
    select start_us, open, high, low, close, volume, count, minutes_read
    from page order by start_us`.execute(database);
  return rows;
}

function readInterval({ seconds, nanos }: Duration): Micros {
  const intervalUs = seconds * MICROS_PER_SECOND;
  if (nanos !== 0 || intervalUs % STORED_INTERVAL_US !== 0) {
    throw invalidArgument('interval', 'must be a whole number of minutes');
  }
  return intervalUs;
}

function candleOf({ start_us, open, high, low, close, volume, count }: CandleRow): Candle {
  return { startTime: timestampFromMicros(start_us), open, high, low, close, volume, count };
}
