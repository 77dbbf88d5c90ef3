import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '@weft/mesh/local';

const NAME = /^weft-run-(\d+)$/;

/**
 * Makes a folder for the temporary files of this process and those that it starts. Removes the folders of processes
 * that could not do so themselves, because they were killed.
 */
export async function makeRunFolder(parent = tmpdir()): Promise<string> {
  for (const name of await readdir(parent)) {
    const [, pid] = NAME.exec(name) ?? [];
    // Another user's stays.
    if (pid && !(await isAlive(Number(pid)))) await remove(join(parent, name)).catch(() => {});
  }
  const folder = join(parent, `weft-run-${process.pid}`);
  await remove(folder);
  // PostgreSQL's own user has to enter it.
  await mkdir(folder, { mode: 0o711 });
  return folder;
}

/** Also while somebody else removes from it. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
