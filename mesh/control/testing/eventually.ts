import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Tries until the condition holds: until it throws no more, and answers no false.
 *
 * @param withinMs Default: 10 s.
 * @throws what the last try threw.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  withinMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      const value = await condition();
      if (value !== false) return value;
      if (performance.now() > deadline) throw new Error(`never held: ${condition}`);
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(20);
  }
}
