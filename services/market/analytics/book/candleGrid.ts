import { MICROS_PER_MINUTE, type Micros } from '../../../kit/time.ts';

/** Length of the candles that are kept of ticks. All others are made of these. */
export const STORED_INTERVAL_US: Micros = MICROS_PER_MINUTE;

/** Start of the candle that holds this time: candles of a length begin at its whole multiples, before 1970 too. */
export function candleStart(timeUs: Micros, intervalUs: Micros): Micros {
  return Math.floor(timeUs / intervalUs) * intervalUs;
}
