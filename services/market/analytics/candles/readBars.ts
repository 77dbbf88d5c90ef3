import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import type { CandleRange, PieceCandle } from './readPieces.ts';

/** Bars as they came in, each a candle. */
export async function readBars(
  database: Kysely<DB>,
  { symbol, fromUs, untilUs, limit }: CandleRange,
): Promise<PieceCandle[]> {
  const rows = await database
    .selectFrom('bar')
    .select(['start_us', 'open', 'high', 'low', 'close', 'volume'])
    .where('symbol', '=', symbol)
    .where('start_us', '>=', fromUs)
    .where('start_us', '<', untilUs)
    .orderBy('start_us')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...row,
    count: 1,
    first_us: row.start_us,
    last_us: row.start_us,
    pieces_read: 1,
  }));
}
