import type { TickBatch } from '@weft/proto/market/v1/market_data';
import fc from 'fast-check';
import { type Micros, microsFromTimestamp, timestampFromMicros } from '../../../kit/time.ts';

export interface Tick {
  readonly symbol: string;
  readonly price: number;
  readonly size: number;
  readonly atUs: Micros;
}

/** A batch of these ticks with sequence numbers without gaps. */
export function batchOf(ticks: readonly Tick[], firstSequence = 1): TickBatch {
  const symbols = [...new Set(ticks.map((tick) => tick.symbol))];
  const latestUs = Math.max(...ticks.map((tick) => tick.atUs));
  return {
    symbols,
    symbolIndex: ticks.map((tick) => symbols.indexOf(tick.symbol)),
    price: ticks.map((tick) => tick.price),
    size: ticks.map((tick) => tick.size),
    latestEventTime: timestampFromMicros(latestUs),
    ageUs: ticks.map((tick) => latestUs - tick.atUs),
    firstSequence,
    sequenceStep: [],
  };
}

const START_US = microsFromTimestamp({ seconds: Date.UTC(2020, 0, 1) / 1000, nanos: 0 });

/** Ticks of a few assets within some minutes, in no order of time, with prices that do not sum evenly. */
export function arbitraryTicks(count: { min: number; max: number }): fc.Arbitrary<Tick[]> {
  const tick = fc.record({
    symbol: fc.constantFrom('A', 'B', 'C-USD'),
    price: fc.integer({ min: 1, max: 10_000_000 }).map((thousandths) => thousandths / 1000),
    size: fc.integer({ min: 0, max: 100_000 }).map((thousandths) => thousandths / 1000),
    atUs: fc.integer({ min: 0, max: 300_000_000 }).map((offset) => START_US + offset),
  });
  return fc.array(tick, { minLength: count.min, maxLength: count.max, size: 'max' });
}

/** The ticks that a seed stands for: always the same, and short to print. */
export function ticksOf(seed: number, count: number): Tick[] {
  const arbitrary = arbitraryTicks({ min: count, max: count });
  return fc.sample(arbitrary, { seed, numRuns: 1 })[0] as Tick[];
}
