import { setTimeout as delay } from 'node:timers/promises';

/** Waits until the check no longer throws; after the limit throws what it threw last. */
export async function eventually<T>(check: () => Promise<T>, limitMs = 15_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await delay(50);
  }
}
