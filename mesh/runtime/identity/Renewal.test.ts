import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Renewal } from './Renewal.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** When renewals are due, in ms after now: of as many processes as that, in mocked time. */
async function dueTimes(
  t: TestContext,
  processes: number,
  begin: (renewal: Renewal) => void,
  { withinMs, stepMs }: { withinMs: number; stepMs: number },
): Promise<number[]> {
  const due: number[] = [];
  const start = Date.now();
  const stop = new AbortController();
  for (let process = 0; process < processes; process += 1) {
    const renewal = new Renewal();
    begin(renewal);
    void renewal.wait(stop.signal).then(() => {
      if (!stop.signal.aborted) due.push(Date.now() - start);
    });
  }
  for (let passed = 0; passed < withinMs; passed += stepMs) {
    t.mock.timers.tick(stepMs);
    // What has been woken looks at the clock, and sleeps on.
    await turn();
  }
  stop.abort();
  return due;
}

const leaf = (hours: number) => ({ expires: new Date(Date.now() + hours * HOUR) });

test('a certificate of 72 hours is renewed between three fifths and four fifths of its life', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 0, 1) });
  const due = await dueTimes(t, 20, (renewal) => renewal.renewed(leaf(72)), {
    withinMs: 72 * HOUR,
    stepMs: MINUTE,
  });
  assert.equal(due.length, 20);
  for (const ms of due) assert.ok(ms >= 0.6 * 72 * HOUR && ms <= 0.8 * 72 * HOUR + MINUTE, `${ms}`);
  assert.ok(new Set(due).size > 5, 'all at once');
});

test('after a change of root they come one after the other, and no one before all know the root', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 0, 1) });
  const begin = (renewal: Renewal) => {
    renewal.renewed(leaf(72));
    renewal.rotated();
  };
  const due = await dueTimes(t, 200, begin, { withinMs: MINUTE, stepMs: 500 });
  assert.equal(due.length, 200);
  assert.ok(Math.min(...due) >= 5_000 && Math.max(...due) <= 35_500);
  for (let from = 5_000; from < 35_000; from += 5_000) {
    const within = due.filter((ms) => ms > from && ms <= from + 5_000).length;
    assert.ok(within < 80, `${within} of 200 within 5 s`);
  }
});

test('a change of root that comes while it waits is heard', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 0, 1) });
  const renewal = new Renewal();
  renewal.renewed(leaf(72));
  let isDue = false;
  void renewal.wait(new AbortController().signal).then(() => {
    isDue = true;
  });
  await turn();
  renewal.rotated();
  for (let seconds = 0; seconds < 40; seconds += 1) {
    t.mock.timers.tick(1_000);
    await turn();
  }
  assert.ok(isDue);
});

test('with a clock far ahead of Consul, certificates are not asked for without a pause', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 0, 1) });
  const [due] = await dueTimes(t, 1, (renewal) => renewal.renewed(leaf(-1)), {
    withinMs: MINUTE,
    stepMs: 500,
  });
  assert.ok(due !== undefined && due >= 10_000, `${due}`);
});
