import type { TickBatch } from '@weft/proto/market/v1/market_data';

/** Sequence number of a batch's last tick. */
export function lastSequence({ firstSequence, sequenceStep, symbolIndex }: TickBatch): number {
  if (sequenceStep.length === 0) return firstSequence + symbolIndex.length - 1;
  let sequence = firstSequence;
  for (const step of sequenceStep) sequence += step;
  return sequence;
}

/** Index of the first tick with a number above `applied`; the number of ticks when there is none. */
export function indexAfter(batch: TickBatch, applied: number): number {
  const { firstSequence, sequenceStep, symbolIndex } = batch;
  if (firstSequence > applied) return 0;
  if (sequenceStep.length === 0) return Math.min(applied - firstSequence + 1, symbolIndex.length);
  let sequence = firstSequence;
  for (let i = 0; i < sequenceStep.length; i++) {
    sequence += sequenceStep[i] as number;
    if (sequence > applied) return i;
  }
  return sequenceStep.length;
}
