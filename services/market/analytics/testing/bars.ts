import { type BarBatch, type BarLength, CalendarUnit } from '@weft/proto/market/v1/market_data';
import { timestampFromMicros } from '../../../kit/time.ts';

/** A bar as a test writes it. */
export interface TestBar {
  /** Start, such as "2024-01-02T05:00:00Z". */
  readonly at: string;
  readonly ohlc: readonly [number, number, number, number];
  readonly volume: number;
  /** Default: a day. */
  readonly seconds?: number;
}

export const DAY: BarLength = { length: { $case: 'unit', value: CalendarUnit.DAY } };
export const WEEK: BarLength = { length: { $case: 'unit', value: CalendarUnit.WEEK } };
export const MONTH: BarLength = { length: { $case: 'unit', value: CalendarUnit.MONTH } };

/** Of so many seconds. */
export function secondsLong(seconds: number): BarLength {
  return { length: { $case: 'interval', value: { seconds, nanos: 0 } } };
}

/** A batch of these bars with sequence numbers without gaps. */
export function barBatchOf(
  bars: readonly TestBar[],
  { length = DAY, symbol = 'A', firstSequence = 1 } = {},
): BarBatch {
  const starts = bars.map(({ at }) => Date.parse(at) * 1_000);
  const durationUs = bars.map(({ seconds = 86_400 }) => seconds * 1_000_000);
  const latestUs = Math.max(...starts.map((startUs, i) => startUs + (durationUs[i] ?? 0)));
  const price = (index: 0 | 1 | 2 | 3) => bars.map(({ ohlc }) => ohlc[index]);
  return {
    assetSymbol: symbol,
    length,
    latestEndTime: timestampFromMicros(latestUs),
    startAgeUs: starts.map((startUs) => latestUs - startUs),
    durationUs,
    open: price(0),
    high: price(1),
    low: price(2),
    close: price(3),
    volume: bars.map(({ volume }) => volume),
    firstSequence,
  };
}
