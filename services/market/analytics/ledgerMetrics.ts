import type { ServiceContext } from '@weft/mesh/runtime';
import type { TickBatch } from '@weft/proto/market/v1/market_data';
import { MICROS_PER_SECOND, microsFromTimestamp } from '../../kit/time.ts';

/** Close together around the milliseconds that a batch takes when nothing holds it up. */
const BOUNDS_SECONDS = [
  0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1,
  0.2, 0.5, 1, 5,
];

/**
 * Measures under /metrics how long after their event ticks are in the summaries and candles in memory. Says nothing of
 * ticks that are replayed: theirs is their age.
 *
 * @returns what is told of each batch, and of the index of the first tick in it that was new.
 */
export function applyMetrics(
  meter: ServiceContext['meter'],
  now: () => number = Date.now,
): (batch: TickBatch, start: number) => void {
  const lateness = meter.createHistogram('weft_analytics_apply_lateness', {
    description:
      "Time from the event of a batch's first tick until the batch is applied in memory.",
    unit: 's',
    advice: { explicitBucketBoundaries: BOUNDS_SECONDS },
  });
  return ({ latestEventTime, ageUs }, start) => {
    if (latestEventTime === undefined) return;
    const eventUs = microsFromTimestamp(latestEventTime) - (ageUs[start] ?? 0);
    lateness.record(now() / 1_000 - eventUs / MICROS_PER_SECOND);
  };
}

/** Counts ticks and measures commits under /metrics. */
export function commitMetrics(
  meter: ServiceContext['meter'],
): (ticks: number, seconds: number) => void {
  const applied = meter.createCounter('weft_analytics_ticks', {
    description: 'Ticks and bars committed.',
  });
  const group = meter.createHistogram('weft_analytics_commit_ticks', {
    description: 'Ticks and bars committed together.',
    advice: { explicitBucketBoundaries: [1, 10, 100, 1_000, 10_000, 100_000] },
  });
  const time = meter.createHistogram('weft_analytics_commit_duration', {
    description: 'Time of one commit, from the first statement to the confirmation.',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3] },
  });
  return (ticks, seconds) => {
    applied.add(ticks);
    group.record(ticks);
    time.record(seconds);
  };
}
