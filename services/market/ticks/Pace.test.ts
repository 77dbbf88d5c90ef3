import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_TICKS_PER_BATCH, Pace } from './Pace.ts';

const never = new AbortController().signal;

test('without a limit a full batch may go at once', async () => {
  const pace = new Pace(0);
  assert.equal(await pace.take(never), MAX_TICKS_PER_BATCH);
  assert.equal(await pace.take(never), MAX_TICKS_PER_BATCH);
});

for (const rate of [50, 5_000]) {
  test(`${rate} ticks per second take their time`, async () => {
    const pace = new Pace(rate);
    const start = performance.now();
    let ticks = 0;
    while (ticks < rate / 4) ticks += await pace.take(never);
    const seconds = (performance.now() - start) / 1_000;
    // The first tick is due at once; timers come late, never early.
    assert.ok(seconds > (ticks - 2) / rate, `${ticks} ticks in ${seconds} s`);
  });
}

test('a slow pace ends its wait when asked to', async () => {
  const pace = new Pace(0.0000001);
  assert.equal(await pace.take(never), 1);
  assert.equal(await pace.take(AbortSignal.timeout(20)), 0);
});
