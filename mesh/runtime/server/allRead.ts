import { setImmediate as turn } from 'node:timers/promises';

/** Resolves when all has been read that has reached the process. */
export async function allRead(): Promise<void> {
  // This turn of the event loop may have asked the kernel before; the next one asks again.
  await turn();
  await turn();
}
