import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { memoryLogger } from '../testing/TestServer.ts';
import { ExpiryWatch } from './ExpiryWatch.ts';

const HOUR = 3_600_000;

/** A watch in mocked time, and a certificate that has been issued just now. */
function watch(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 0, 1) });
  const lines: Record<string, unknown>[] = [];
  const changes: boolean[] = [];
  const expiry = new ExpiryWatch({
    log: memoryLogger(lines),
    onChange: (isExpired) => changes.push(isExpired),
  });
  t.after(() => expiry.stop());
  const leaf = (hours: number) => ({
    issued: new Date(),
    expires: new Date(Date.now() + hours * HOUR),
  });
  const pass = (hours: number) => t.mock.timers.tick(hours * HOUR);
  return { expiry, leaf, pass, lines, changes };
}

test('a certificate that is renewed in time is not spoken of', (t) => {
  const { expiry, leaf, pass, lines, changes } = watch(t);
  for (let i = 0; i < 5; i += 1) {
    expiry.follow(leaf(72));
    pass(64);
  }
  assert.deepEqual(lines, []);
  assert.deepEqual(changes, []);
});

test('one that is not is warned of, again and again, while there is time', (t) => {
  const { expiry, leaf, pass, lines, changes } = watch(t);
  expiry.follow(leaf(100));
  pass(89);
  assert.equal(lines.length, 0);
  for (let hour = 0; hour < 10; hour += 1) pass(1);
  assert.ok(lines.length >= 4, `${lines.length} warnings`);
  for (const { level, msg } of lines) {
    assert.deepEqual([level, msg], ['warn', 'the certificate was not renewed in time']);
  }
  assert.deepEqual(changes, []);
});

test('an expired one is an error, and a new one makes good', (t) => {
  const { expiry, leaf, pass, lines, changes } = watch(t);
  expiry.follow(leaf(1));
  pass(1);
  assert.equal(lines.at(-1)?.level, 'error');
  assert.deepEqual(changes, [true]);
  expiry.follow(leaf(1));
  assert.deepEqual(changes, [true, false]);
});

test('a life of years is watched to its end', (t) => {
  const { expiry, leaf, pass, changes } = watch(t);
  expiry.follow(leaf(2 * 365 * 24));
  for (let day = 0; day < 2 * 365 - 1; day += 1) pass(24);
  assert.deepEqual(changes, []);
  pass(24);
  assert.deepEqual(changes, [true]);
});
