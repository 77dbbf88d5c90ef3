import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import type { Progress } from '../Progress.ts';
import type { Folders } from './Folders.ts';

/**
 * Lets those who start and stop the same mesh at once take turns.
 *
 * @returns what gives the turn to the next.
 */
export async function lockHome(
  folders: Folders,
  { report }: Pick<Progress, 'report'>,
): Promise<() => Promise<void>> {
  const lockfilePath = join(folders.home, 'start.lock');
  if (existsSync(lockfilePath)) report('Waiting for another make up or make down');
  return lock(folders.home, {
    lockfilePath,
    // A lock whose owner has stopped touching it for this long was left by one that was killed.
    stale: 5_000,
    retries: { forever: true, minTimeout: 250, maxTimeout: 250 },
    onCompromised: (error) => report(`Not alone any more: ${error.message}`),
  });
}
