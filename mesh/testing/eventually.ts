import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 20;

/**
 * Tries until the condition holds: until it throws no more, and answers no false.
 *
 * @param withinMs A bound for a broken system, not a measure of a good one. Default: 60 s.
 * @throws what the last try threw.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  withinMs = 60_000,
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
    await sleep(PAUSE_MS);
  }
}
