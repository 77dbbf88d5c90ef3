import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { keepTickShape } from './keepTickShape.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The ticks that something asks for, as long as they live. */
function ticksOf(work: () => void): WeakRef<object>[] {
  const ticks: WeakRef<object>[] = [];
  const hook = createHook({
    init(_id, type, _trigger, tick) {
      if (type === 'TickObject') ticks.push(new WeakRef(tick));
    },
  });
  hook.enable();
  work();
  hook.disable();
  return ticks;
}

test('one tick outlives garbage collection, so that the next ones stay fast', async () => {
  const kept = ticksOf(() => keepTickShape.apply({ process }, assert.fail));
  const other = ticksOf(() => process.nextTick(() => {}));
  await sleep(1);
  collectGarbage();
  await sleep(1);
  collectGarbage();
  assert.deepEqual(
    [kept, other].map((ticks) => ticks.map((tick) => tick.deref() !== undefined)),
    [[true], [false]],
  );
});
