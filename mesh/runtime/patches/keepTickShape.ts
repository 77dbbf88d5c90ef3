import { createHook } from 'node:async_hooks';
import { expectMethods, type Patch, UnexpectedShape } from './Patch.ts';

const kept: object[] = [];

/** The part of Node's process that is used. */
interface Ticks {
  nextTick(callback: () => void): void;
}

/**
 * Keeps process.nextTick fast. Node makes an object for each tick, and V8 has fast code for their shape as long as it
 * knows that shape; a full garbage collection between two ticks lets it forget, and after a few of those each tick
 * costs five times as much for the rest of the process's life. A call has about fifteen ticks. One object of that
 * shape that is never collected keeps it known: it is caught by a hook that is on for one tick.
 */
export const keepTickShape: Patch<{ readonly process: Ticks }> = {
  name: 'keepTickShape',
  stage: 'start',
  touches: 'node: keeps one object of process.nextTick',
  without: 'process.nextTick gets slower with garbage collections',
  upstream: 'docs/upstream.md#keeptickshape',
  targets: () => ({ process }),
  apply({ process }) {
    expectMethods<Ticks>('process', process, { nextTick: 1 });
    const hook = createHook({
      init(_id, type, _trigger, tick) {
        if (type === 'TickObject') kept.push(tick);
      },
    });
    hook.enable();
    process.nextTick(() => {});
    hook.disable();
    if (kept.length === 0) throw new UnexpectedShape('process.nextTick makes no TickObject');
  },
};
