import type { Micros } from '../../../kit/time.ts';
import type { Bar } from './Bar.ts';

/** What all bars of an asset amount to. */
export interface BarTotals {
  readonly symbol: string;
  /** Of each of them; a month counts as 31 days. */
  readonly lengthUs: Micros;
  readonly count: number;
  /** How often a bar has taken the place of one with other figures. */
  readonly correctedCount: number;
  /** Open of the earliest bar, and its start. */
  readonly first: number;
  readonly firstUs: Micros;
  /** Close of the latest bar, and its last microsecond. */
  readonly last: number;
  readonly lastUs: Micros;
  readonly high: number;
  readonly low: number;
  /** Sum of volume times the mean of the four prices. */
  readonly turnover: number;
  readonly volume: number;
}

/** Totals without a bar. */
export function noBars(symbol: string, lengthUs: Micros): BarTotals {
  return {
    symbol,
    lengthUs,
    count: 0,
    correctedCount: 0,
    first: 0,
    firstUs: Number.POSITIVE_INFINITY,
    last: 0,
    lastUs: Number.NEGATIVE_INFINITY,
    high: 0,
    low: Number.POSITIVE_INFINITY,
    turnover: 0,
    volume: 0,
  };
}

/** Totals with one bar more. Sums grow bar by bar, so they end in the same bits however bars were cut into batches. */
export function addBar(totals: BarTotals, bar: Bar): BarTotals {
  const isFirst = bar.startUs < totals.firstUs;
  const isLast = bar.endUs - 1 > totals.lastUs;
  return {
    ...totals,
    count: totals.count + 1,
    first: isFirst ? bar.open : totals.first,
    firstUs: isFirst ? bar.startUs : totals.firstUs,
    last: isLast ? bar.close : totals.last,
    lastUs: isLast ? bar.endUs - 1 : totals.lastUs,
    high: Math.max(totals.high, bar.high),
    low: Math.min(totals.low, bar.low),
    turnover: totals.turnover + bar.volume * meanPrice(bar),
    volume: totals.volume + bar.volume,
  };
}

/** The price that a bar's volume is taken to have been traded at. */
function meanPrice({ open, high, low, close }: Bar): number {
  return (open + high + low + close) / 4;
}
