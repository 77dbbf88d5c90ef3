import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Tries until it does not throw.
 *
 * @throws what the last try threw, after `withinMs`.
 */
export async function eventually<T>(attempt: () => Promise<T> | T, withinMs = 10_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(20);
    }
  }
}
