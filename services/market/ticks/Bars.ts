import type { Micros } from '../../kit/time.ts';

/** Bars of one symbol in columns: entry i of each belongs to bar i. */
export interface Bars {
  /** Of each of them; a month counts as 31 days. */
  readonly lengthUs: Micros;
  /** Rising by one. */
  readonly sequence: readonly number[];
  readonly startUs: readonly Micros[];
  /** How long the bar lasts, or has lasted. */
  readonly durationUs: readonly Micros[];
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  readonly volume: readonly number[];
}

/** One bar. */
export interface Bar {
  readonly startUs: Micros;
  readonly durationUs: Micros;
  readonly prices: readonly [number, number, number, number];
  readonly volume: number;
}

/** Bars that follow each other, in columns. */
export function barsOf(bars: readonly Bar[], firstSequence: number, lengthUs: Micros): Bars {
  return {
    lengthUs,
    sequence: bars.map((_, i) => firstSequence + i),
    startUs: bars.map(({ startUs }) => startUs),
    durationUs: bars.map(({ durationUs }) => durationUs),
    open: bars.map(({ prices }) => prices[0]),
    high: bars.map(({ prices }) => prices[1]),
    low: bars.map(({ prices }) => prices[2]),
    close: bars.map(({ prices }) => prices[3]),
    volume: bars.map(({ volume }) => volume),
  };
}
