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
import type { Schema } from './book/Schema.ts';

const DEFAULT_INTERVAL: Duration = { seconds: 86_400, nanos: 0 };

/** One page of an asset's candles, made from those of a minute. */
export async function listCandles(
  database: Kysely<Schema>,
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

type CandleRow = Omit<Schema['candle'], 'symbol' | 'open_us' | 'close_us'>;

/**
 * Finds one candle's start after another by the primary key, so that a page reads no more minutes than
 * its candles span, however long the asset's history is.
 */
async function readCandles(database: Kysely<Schema>, range: CandleRange): Promise<CandleRow[]> {
  const interval = sql`${range.intervalUs}::bigint`;
  const firstMinuteFrom = (fromUs: ReturnType<typeof sql>) => sql`(
    select ${candleStartSql(sql.ref('start_us'), interval)} as start_us
    from candle
    where symbol = ${range.symbol} and start_us >= ${fromUs} and start_us < ${range.untilUs}
    order by candle.start_us limit 1
  )`;
  const { rows } = await sql<CandleRow>`
    with recursive slot (start_us, number) as (
      select start_us, 1 from ${firstMinuteFrom(sql`${range.fromUs}::bigint`)} as first
      union all
      select next.start_us, slot.number + 1
      from slot, lateral ${firstMinuteFrom(sql`slot.start_us + ${interval}`)} as next
      where slot.number < ${range.limit}
    )
    select slot.start_us, merged.* from slot, lateral (
      select
        (array_agg(open order by minute.start_us))[1] as open,
        max(high) as high,
        min(low) as low,
        (array_agg(close order by minute.start_us desc))[1] as close,
        sum(volume order by minute.start_us) as volume,
        sum(count)::bigint as count
      from candle as minute
      where symbol = ${range.symbol}
        and minute.start_us >= slot.start_us and minute.start_us < slot.start_us + ${interval}
    ) as merged
    order by slot.start_us`.execute(database);
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
