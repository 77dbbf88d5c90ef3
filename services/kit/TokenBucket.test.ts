import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from './TokenBucket.ts';

test('who has taken all is told how long it takes until there is one, and no pause saves up more than all', () => {
  let now = 0;
  const bucket = new TokenBucket({ requests: 4, perMs: 1_000 }, () => now);
  const take = (count: number) => Array.from({ length: count }, () => bucket.take());
  assert.deepEqual(take(5), [0, 0, 0, 0, 250]);
  now += 100;
  assert.equal(bucket.take(), 150);
  now += 150;
  assert.deepEqual(take(2), [0, 250]);
  now += 3_600_000;
  assert.deepEqual(take(5), [0, 0, 0, 0, 250]);
});
