import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import type {
  AssetSummary,
  ListCandlesRequest,
  ListCandlesResponse,
} from '@weft/proto/market/v1/analytics';
import { type Kysely, sql } from 'kysely';
import { readPage } from '../../../kit/readPage.ts';
import { type Micros, microsFromTimestamp } from '../../../kit/time.ts';
import { describeLength } from '../../bars/barLength.ts';
import type { DB } from '../database.ts';
import type { Grid } from './Grid.ts';
import { type CandleGrid, gridOf } from './gridOf.ts';
import { mergeCandles, type PlacedCandle } from './mergeCandles.ts';
import { readBars } from './readBars.ts';
import { hasStoppedEarly, type PieceCandle, readPieces } from './readPieces.ts';

/**
 * One page of an asset's candles, made of its bars and of the minutes of its ticks.
 *
 * @param summary What the asset has.
 * @throws RpcError INVALID_ARGUMENT for a grid that there is not; FAILED_PRECONDITION for candles shorter than the bars of an
 *   asset that has no ticks.
 */
export async function listCandles(
  database: Kysely<DB>,
  request: ListCandlesRequest,
  summary: AssetSummary,
): Promise<ListCandlesResponse> {
  const { assetSymbol, startTime, endTime } = request;
  const barLengthUs = summary.barCount ? await readBarLength(database, assetSymbol) : 0;
  const candles = gridOf(request, barLengthUs);
  if (candles.lengthUs < barLengthUs && summary.count === summary.barCount) {
    throw new RpcError(
      Status.FAILED_PRECONDITION,
      `${assetSymbol} has bars of ${describeLength(barLengthUs)} and no ticks: candles cannot be shorter`,
      { details: [errorInfo('INTERVAL_TOO_SHORT', { barLength: describeLength(barLengthUs) })] },
    );
  }
  const fromUs = startTime ? microsFromTimestamp(startTime) : EARLIEST_US;
  const untilUs = endTime ? microsFromTimestamp(endTime) : LATEST_US;
  let isCut = false;
  const { rows, nextPageToken } = await readPage(request, {
    list: [
      ...['candles', assetSymbol, candles.timeZone],
      ...[candles.lengthUs, candles.sessionStartUs, fromUs, untilUs],
    ],
    type: 'number',
    async read(after: Micros | undefined, limit) {
      const page = await readCandles(database, {
        symbol: assetSymbol,
        candles,
        barLengthUs,
        after,
        fromUs,
        untilUs,
        limit,
      });
      isCut = page.isCut;
      return page.candles;
    },
    positionOf: ({ startUs }) => startUs,
    hasStoppedEarly: () => isCut,
  });
  return { candles: rows.map(({ candle }) => candle), nextPageToken };
}

/** Beyond all event times that can be kept. */
const EARLIEST_US = Number.MIN_SAFE_INTEGER;
const LATEST_US = Number.MAX_SAFE_INTEGER;

interface PageRange {
  readonly symbol: string;
  readonly candles: CandleGrid;
  /** 0: the asset has no bars. */
  readonly barLengthUs: Micros;
  /** Start of the last candle of the page before. */
  readonly after: Micros | undefined;
  readonly fromUs: Micros;
  readonly untilUs: Micros;
  readonly limit: number;
}

/** @returns candles, and whether there may be more than `limit` would have let through. */
async function readCandles(
  database: Kysely<DB>,
  { symbol, candles, barLengthUs, after, fromUs, untilUs, limit }: PageRange,
): Promise<{ candles: PlacedCandle[]; isCut: boolean }> {
  const { grid, lengthUs } = candles;
  const hasBars = barLengthUs > 0 && barLengthUs <= lengthUs;
  const range = {
    symbol,
    fromUs:
      after === undefined
        ? await startFrom(database, grid, fromUs)
        : await endAfter(database, grid, after),
    untilUs: await startFrom(database, grid, untilUs),
    limit,
  };
  const ticks = { table: 'candle', withoutCovered: hasBars } as const;
  const ofTicks = await readPieces(database, ticks, range, grid);
  let ofBars: readonly PieceCandle[] = [];
  if (hasBars && barLengthUs === lengthUs) {
    const own = { symbol, fromUs: after === undefined ? fromUs : after + 1, untilUs, limit };
    ofBars = await readBars(database, own);
  } else if (hasBars) {
    const bars = { table: 'bar', withoutCovered: false } as const;
    ofBars = await readPieces(database, bars, range, grid);
  }
  // What follows the last candle of a list that has not come to its end may lack a part.
  const cut = [ofTicks, ofBars].filter(hasStoppedEarly).map((rows) => rows.at(-1)?.start_us ?? 0);
  const merged = mergeCandles(ofTicks, ofBars);
  const complete = merged.filter(({ startUs }) => cut.every((lastUs) => startUs <= lastUs));
  return { candles: complete.slice(0, limit), isCut: cut.length > 0 };
}

/** Start of the first candle at or after this time. */
async function startFrom(database: Kysely<DB>, grid: Grid, us: Micros): Promise<Micros> {
  if (us === EARLIEST_US || us === LATEST_US) return us;
  const at = sql`${us}::bigint`;
  const start = grid.startSql(at);
  const { rows } = await sql<{ us: Micros }>`
    select case when ${start} = ${at} then ${at} else ${grid.endSql(start)} end as us`.execute(
    database,
  );
  return (rows[0] as { us: Micros }).us;
}

/** Start of the candle after the one that holds this time. */
async function endAfter(database: Kysely<DB>, grid: Grid, us: Micros): Promise<Micros> {
  const { rows } = await sql<{ us: Micros }>`
    select ${grid.endSql(grid.startSql(sql`${us}::bigint`))} as us`.execute(database);
  return (rows[0] as { us: Micros }).us;
}

async function readBarLength(database: Kysely<DB>, symbol: string): Promise<Micros> {
  const row = await database
    .selectFrom('bar_totals')
    .select('length_us')
    .where('symbol', '=', symbol)
    .executeTakeFirst();
  return row?.length_us ?? 0;
}
