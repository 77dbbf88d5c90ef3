import type { TickBatch } from '@weft/proto/market/v1/market_data';
import { timestampFromMicros } from '../../kit/time.ts';
import { MAX_TICKS_PER_BATCH } from './Pace.ts';
import type { Ticks } from './Ticks.ts';

const FIRST_SYMBOL = new Array<number>(MAX_TICKS_PER_BATCH).fill(0);

/** Ticks as the contract carries them. */
export function batchOf(symbol: string, { sequence, price, size, atUs }: Ticks): TickBatch {
  const count = sequence.length;
  const firstSequence = sequence[0] as number;
  const hasGaps = (sequence[count - 1] as number) - firstSequence !== count - 1;
  let latestUs = Number.NEGATIVE_INFINITY;
  for (const time of atUs) if (time > latestUs) latestUs = time;
  return {
    symbols: [symbol],
    symbolIndex: FIRST_SYMBOL.slice(0, count),
    price: price as number[],
    size: size as number[],
    latestEventTime: timestampFromMicros(latestUs),
    ageUs: atUs.map((time) => latestUs - time),
    firstSequence,
    sequenceStep: hasGaps
      ? sequence.map((number, i) => (i === 0 ? 0 : number - (sequence[i - 1] as number)))
      : [],
  };
}
