import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Micros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import type { Grid } from './Grid.ts';

/** What candles are made of: minutes of ticks, or bars. */
export interface Pieces {
  readonly table: 'candle' | 'bar';
  /** Leave out the minutes that bars cover. */
  readonly withoutCovered: boolean;
}

export interface CandleRange {
  readonly symbol: string;
  /** Start of the first candle, at the earliest; itself the start of one. */
  readonly fromUs: Micros;
  /** Candles start before this, the start of one. */
  readonly untilUs: Micros;
  readonly limit: number;
}

/** A candle made of pieces of one kind. */
export interface PieceCandle {
  readonly start_us: Micros;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Ticks or bars. */
  readonly count: number;
  /** Start of its first piece, and of its last. */
  readonly first_us: Micros;
  readonly last_us: Micros;
  /** By this candle and those of the page before it. */
  readonly pieces_read: number;
}

/**
 * A page ends with the candle in which it has read so many minutes, half a second of the database's work: a
 * thousand candles of a week would be ten million. A hundred days of a market that never closes are below it.
 */
const MOST_PIECES = 150_000;

/** Whether a page has ended because it has read much. */
export function hasStoppedEarly(rows: readonly PieceCandle[]): boolean {
  return (rows.at(-1)?.pieces_read ?? 0) >= MOST_PIECES;
}

/**
 * Finds one candle's start after another by the primary key, so that a page reads no more pieces than
 * its candles span, however long the asset's history is; and no more candles once it has read MOST_PIECES.
 */
export async function readPieces(
  database: Kysely<DB>,
  { table, withoutCovered }: Pieces,
  range: CandleRange,
  grid: Grid,
): Promise<PieceCandle[]> {
  const from = sql.table(table);
  const count = table === 'bar' ? sql`count(*)` : sql`sum(count)`;
  const uncovered = withoutCovered
    ? sql`and not coalesce((
        select bar.end_us > piece.start_us from bar
        where bar.symbol = ${range.symbol} and bar.start_us <= piece.start_us
        order by bar.start_us desc limit 1
      ), false)`
    : sql``;
  const slotFrom = (fromUs: RawBuilder<unknown>) => sql`(
    select slot.start_us, ${grid.endSql(sql.ref('slot.start_us'))} as end_us
    from (
      select ${grid.startSql(sql.ref('piece.start_us'))} as start_us
      from ${from} as piece
      where symbol = ${range.symbol} and piece.start_us >= ${fromUs}
        and piece.start_us < ${range.untilUs} ${uncovered}
      order by piece.start_us limit 1
    ) as slot
  )`;
  const merged = sql`(
    select
      (array_agg(open order by start_us))[1] as open,
      max(high) as high,
      min(low) as low,
      (array_agg(close order by start_us desc))[1] as close,
      sum(volume order by start_us) as volume,
      ${count}::bigint as count,
      min(start_us) as first_us,
      max(start_us) as last_us,
      count(*) as pieces
    from ${from} as piece
    where symbol = ${range.symbol} and start_us >= slot.start_us and start_us < slot.end_us ${uncovered}
  )`;
  const { rows } = await sql<PieceCandle>`
    with recursive page (
      start_us, end_us, open, high, low, close, volume, count, first_us, last_us, pieces_read, number
    ) as (
      select slot.start_us, slot.end_us, merged.*, 1
      from ${slotFrom(sql`${range.fromUs}::bigint`)} as slot, lateral ${merged} as merged
      union all
      select slot.start_us, slot.end_us, merged.open, merged.high, merged.low, merged.close,
        merged.volume, merged.count, merged.first_us, merged.last_us,
        page.pieces_read + merged.pieces, page.number + 1
      from page, lateral ${slotFrom(sql`page.end_us`)} as slot, lateral ${merged} as merged
      where page.number < ${range.limit} and page.pieces_read < ${MOST_PIECES}
    )
    select start_us, open, high, low, close, volume, count, first_us, last_us, pieces_read
    from page order by start_us`.execute(database);
  return rows;
}
