import { chmod, lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '@weft/mesh/local';

const NAME = /^weft-run-(\d+)-\w+$/;

/**
 * Makes a folder for the temporary files of this process and those that it starts, with a name that nobody can have taken
 * before. Removes the folders of processes that could not do so themselves, because they were killed.
 */
export async function makeRunFolder(parent = tmpdir()): Promise<string> {
  for (const name of await readdir(parent)) {
    const [, pid] = NAME.exec(name) ?? [];
    if (!pid || (await isAlive(Number(pid))) || !(await isOurs(join(parent, name)))) continue;
    await remove(join(parent, name)).catch(() => {});
  }
  const folder = await mkdtemp(join(parent, `weft-run-${process.pid}-`));
  // PostgreSQL's own user has to enter it.
  await chmod(folder, 0o711);
  return folder;
}

/** Whether it is a folder of this user's, and not a link that somebody has put there. */
async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

/** Also while somebody else removes from it. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
