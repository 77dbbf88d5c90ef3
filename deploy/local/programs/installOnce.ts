import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';
import type { Progress } from '../Progress.ts';

/**
 * Makes a folder exactly once, also when two processes want it at once or one is killed half way.
 *
 * It is built under a name of its own, and `folder` becomes a symbolic link to it when it is whole: what is
 * built may hold its own absolute path (as Python's environments do), which a rename would break.
 */
export async function installOnce(
  folder: string,
  build: (temporary: string) => Promise<void>,
  progress: Progress,
): Promise<void> {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  const release = await waitForLock(folder, progress);
  try {
    if (existsSync(folder)) return;
    await removeLeftovers(folder);
    const temporary = await mkdtemp(`${folder}.`);
    // Root's programs are also run by an unprivileged user.
    await chmod(temporary, 0o755);
    await build(temporary);
    await symlink(basename(temporary), `${folder}.new`);
    await rename(`${folder}.new`, folder);
  } finally {
    await release();
  }
}

async function waitForLock(folder: string, progress: Progress): Promise<() => Promise<void>> {
  // A lock whose owner has stopped touching it for this long was left by one that was killed.
  const options = {
    realpath: false,
    lockfilePath: `${folder}.lock`,
    stale: 5_000,
    onCompromised: (error: Error) =>
      progress.report(`${basename(folder)}: not alone any more: ${error.message}`),
  };
  try {
    return await lock(folder, options);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ELOCKED') throw error;
    progress.report(`${basename(folder)}: waiting for another process that installs it`);
    return await lock(folder, {
      ...options,
      retries: { forever: true, minTimeout: 500, maxTimeout: 500 },
    });
  }
}

/** What a killed build left: all that carries the folder's name and is not linked to. */
async function removeLeftovers(folder: string): Promise<void> {
  const parent = dirname(folder);
  const linked = await readlink(folder).catch(() => undefined);
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(`${basename(folder)}.`)) continue;
    if (entry === linked || entry.endsWith('.lock')) continue;
    await rm(join(parent, entry), { recursive: true, force: true });
  }
}
