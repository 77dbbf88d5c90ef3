import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Latest } from './Latest.ts';

test('a slow reader sees the newest value only', async () => {
  const latest = new Latest<number>();
  latest.put(1);
  latest.put(2);
  const reader = latest[Symbol.asyncIterator]();
  assert.deepEqual(await reader.next(), { done: false, value: 2 });
  latest.put(3);
  latest.put(4);
  assert.deepEqual(await reader.next(), { done: false, value: 4 });
});

test('a waiting reader is woken by the next value', async () => {
  const latest = new Latest<string>();
  const next = latest[Symbol.asyncIterator]().next();
  await setImmediate();
  latest.put('now');
  assert.deepEqual(await next, { done: false, value: 'now' });
});

test('the last value arrives before the end', async () => {
  const latest = new Latest<number>();
  latest.put(7);
  latest.end();
  latest.put(8);
  assert.deepEqual(await Array.fromAsync(latest), [7]);
});

test('an error passes by the value that was not read', async () => {
  const latest = new Latest<number>();
  latest.put(7);
  latest.fail(new Error('lost'));
  await assert.rejects(Array.fromAsync(latest), /lost/);
});
