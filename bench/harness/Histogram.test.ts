import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from './Histogram.ts';

/** Counts of the buckets up to 1, 2, 4 and above. */
function reading(...counts: number[]): Histogram {
  const lines = ['1', '2', '4', '+Inf'].map(
    (bound, i) => `delay_bucket{otel_scope_name="x",le="${bound}"} ${counts[i]}`,
  );
  return Histogram.read(
    ['other_bucket{le="1"} 9', ...lines, `delay_count{} ${counts[3]}`].join('\n'),
    'delay',
  );
}

test('a percentile lies where its share of a bucket ends', () => {
  const delays = reading(10, 50, 90, 90);
  assert.equal(delays.quantile(0.5), 1 + 35 / 40);
  assert.equal(delays.quantile(1), 4);
});

test('what was observed before does not count', () => {
  assert.equal(
    reading(10, 50, 90, 90)
      .since(reading(10, 50, 50, 50))
      .quantile(0.5),
    3,
  );
});

test('above the last bound no percentile is made up, and none of nothing', () => {
  assert.equal(reading(0, 0, 0, 10).quantile(0.99), 4);
  assert.equal(reading(0, 0, 0, 0).quantile(0.99), Number.NaN);
});
