import type { OpenBar } from '@weft/proto/market/v1/enriched';
import { microsFromTimestamp, timestampFromMicros } from '../../../kit/time.ts';
import { barStart, PERIODS } from './barStart.ts';

/** What a chain says of the underlying. */
export interface Tick {
  /** Milliseconds since the epoch. */
  readonly ms: number;
  readonly timeZone: string;
  readonly underlyingPrice: number;
  /** Units that have been traded since the tick before. */
  readonly underlyingVolume: number;
}

/**
 * Bars after one more tick: of each period the one under way, and before it the one that has ended by it.
 *
 * @param before The bars after the tick before; those that have ended are passed over.
 */
export function advanceBars(before: readonly OpenBar[], tick: Tick): OpenBar[] {
  return PERIODS.flatMap((length) => {
    const open = before.find((bar) => bar.length === length && !bar.closed);
    const startMs = barStart(length, tick.ms, tick.timeZone);
    if (!open) return [begin(length, startMs, tick)];
    if (startOf(open) === startMs) return [extend(open, tick)];
    return [{ ...open, closed: true }, begin(length, startMs, tick)];
  });
}

/** Milliseconds since the epoch. */
export function startOf({ start }: Pick<OpenBar, 'start'>): number {
  return start ? microsFromTimestamp(start) / 1_000 : Number.NaN;
}

function begin(length: OpenBar['length'], startMs: number, tick: Tick): OpenBar {
  const price = tick.underlyingPrice;
  return {
    ...{ length, start: timestampFromMicros(startMs * 1_000) },
    ...{ open: price, high: price, low: price, close: price },
    ...{ volume: tick.underlyingVolume, closed: false },
  };
}

function extend(bar: OpenBar, { underlyingPrice: price, underlyingVolume }: Tick): OpenBar {
  return {
    ...bar,
    high: Math.max(bar.high, price),
    low: Math.min(bar.low, price),
    close: price,
    volume: bar.volume + underlyingVolume,
  };
}
