import { type RawBuilder, sql } from 'kysely';
import { MICROS_PER_MINUTE, type Micros } from '../../../kit/time.ts';

/** Length of the candles that are kept. All others are made of these. */
export const STORED_INTERVAL_US: Micros = MICROS_PER_MINUTE;

/** Start of the candle that holds this time: candles of a length begin at its whole multiples, before 1970 too. */
export function candleStart(timeUs: Micros, intervalUs: Micros): Micros {
  return Math.floor(timeUs / intervalUs) * intervalUs;
}

/** Start of the first candle at or after this time. */
export function nextCandleStart(timeUs: Micros, intervalUs: Micros): Micros {
  return Math.ceil(timeUs / intervalUs) * intervalUs;
}

/** `candleStart` for PostgreSQL, whose `mod` has the sign of what is divided. */
export function candleStartSql(
  timeUs: RawBuilder<unknown>,
  intervalUs: RawBuilder<unknown>,
): RawBuilder<number> {
  return sql<number>`(${timeUs} - mod(mod(${timeUs}, ${intervalUs}) + ${intervalUs}, ${intervalUs}))`;
}
