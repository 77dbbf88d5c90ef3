import type { ServiceContext } from '@weft/mesh/runtime';

/** Counts ticks and measures commits under /metrics. */
export function commitMetrics(
  meter: ServiceContext['meter'],
): (ticks: number, seconds: number) => void {
  const applied = meter.createCounter('weft_analytics_ticks', {
    description: 'Ticks committed.',
  });
  const group = meter.createHistogram('weft_analytics_commit_ticks', {
    description: 'Ticks committed together.',
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
