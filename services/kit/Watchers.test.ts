import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Watchers } from './Watchers.ts';

const never = new AbortController().signal;

test('a watcher hears of its own key only, and the newest of what it was too slow for', async () => {
  const watchers = new Watchers<string, number>();
  const values = watchers.watch('a', never, (begun) => begun.put(1));
  assert.deepEqual(await values.next(), { done: false, value: 1 });
  watchers.notify('b', () => 7);
  watchers.notify('a', () => 2);
  watchers.notify('a', () => 3);
  watchers.end('a');
  assert.deepEqual(await Array.fromAsync(values), [3]);
});

test('what changes while a watcher reads how things stand is not missed', async () => {
  const watchers = new Watchers<string, number>();
  const values = watchers.watch('a', never, async (begun) => {
    begun.put(1);
    await setImmediate();
    watchers.notify('a', () => 2);
  });
  assert.deepEqual(await values.next(), { done: false, value: 2 });
});

test('a watcher that has gone, or whose call has ended, costs nothing more', async () => {
  const watchers = new Watchers<string, number>();
  const aborted = new AbortController();
  const values = watchers.watch('a', aborted.signal, (begun) => begun.put(1));
  await values.next();
  aborted.abort();
  assert.equal((await values.next()).done, true);
  const left = watchers.watch('a', never, (begun) => begun.put(1));
  for await (const _ of left) break;
  watchers.notify('a', () => assert.fail('made for nobody'));
  const late = watchers.watch('a', AbortSignal.abort(), () => {});
  assert.equal((await late.next()).done, true);
});

test('a watcher of what does not change hears of it all the same, before he takes it for lost', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const watchers = new Watchers<string, number>();
  let state = 1;
  const values = watchers.watch(
    'a',
    never,
    (begun) => begun.put(state),
    () => state,
  );
  assert.equal((await values.next()).value, 1);
  state = 2;
  const quiet = values.next();
  await setImmediate();
  t.mock.timers.tick(15_000);
  assert.equal((await quiet).value, 2);
  await values.return();
});
