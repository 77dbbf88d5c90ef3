import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from './Backoff.ts';

test('pauses double up to the longest, and begin again after a success', () => {
  const { signal } = new AbortController();
  const backoff = new Backoff({ firstMs: 1, longestMs: 5 });
  const next = () => backoff.pause(signal).retryMs;
  assert.deepEqual([next(), next(), next(), next(), next()], [1, 2, 4, 5, 5]);
  backoff.reset();
  assert.equal(next(), 1);
});

test('who stops is not kept waiting, and gets no error', async () => {
  const stop = new AbortController();
  const { over } = new Backoff({ firstMs: 600_000, longestMs: 600_000 }).pause(stop.signal);
  stop.abort();
  await over;
});

test('many who failed at the same moment do not come back at the same moment', () => {
  const { signal } = new AbortController();
  const first = () =>
    new Backoff({ firstMs: 10, longestMs: 10, isSpread: true }).pause(signal).retryMs;
  const pauses = Array.from({ length: 200 }, first);
  assert.ok(Math.min(...pauses) >= 5 && Math.max(...pauses) <= 15);
  assert.ok(new Set(pauses).size > 3);
});
