import assert from 'node:assert/strict';
import { test } from 'node:test';
import { medianInterval } from './statistics.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('the interval of a median is that of the sign test, as its tables have it', () => {
  assert.equal(medianInterval(upTo(5)), undefined);
  assert.deepEqual(medianInterval(upTo(6)), [1, 6]);
  assert.deepEqual(medianInterval(upTo(10)), [2, 9]);
  assert.deepEqual(medianInterval(upTo(20)), [6, 15]);
  assert.deepEqual(medianInterval(upTo(10), 0.99), [1, 10]);
});
