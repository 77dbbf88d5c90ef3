import { createHook } from 'node:async_hooks';

const kept: object[] = [];

/**
 * Keeps process.nextTick fast. Node makes an object for each tick, and V8 has fast code for their shape as long as it
 * knows that shape; a full garbage collection between two ticks lets it forget, and after a few of those each tick
 * costs five times as much for the rest of the process's life. A call has about fifteen ticks. One object of that
 * shape that is never collected keeps it known.
 *
 * To be called before the process has much to collect. Only the first call does anything.
 */
export function keepTickShape(): void {
  if (kept.length > 0) return;
  const hook = createHook({
    init(_id, type, _trigger, tick) {
      if (type === 'TickObject') kept.push(tick);
    },
  });
  hook.enable();
  process.nextTick(() => {});
  hook.disable();
}
