import { chmod, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Folders } from './Folders.ts';
import { makeSocketFolder } from './socketFolder.ts';

/** What may lie in a state folder before its first start has been recorded. */
const early =
  /^(logs|secrets|sockets|consul|postgres|nats|victoria-logs|gateway|identity|compile-cache|supervis.*|start\.lock|mesh\.json.*)$/;

/**
 * Makes the state folder of a mesh if it is missing.
 *
 * @throws when it holds something else, for it is closed to others here and removed by `make clean`; and when it is
 * another user's, who could put anything in the place of what lies in it.
 */
export async function openHome(home: string): Promise<Folders> {
  const path = resolve(home);
  await mkdir(path, { recursive: true });
  await assertOurs(path);
  await assertMeshFolder(path);
  const folder = await realpath(path);
  await makeSocketFolder(folder);
  const folders = new Folders(folder);
  // As root, PostgreSQL's user passes through it; what lies in it is closed where it has to be.
  await chmod(folders.home, process.getuid?.() === 0 ? 0o711 : 0o700);
  for (const name of ['logs', 'identity', 'compile-cache']) {
    const own = join(folders.home, name);
    await mkdir(own, { recursive: true, mode: 0o700 });
    await chmod(own, 0o700);
  }
  return folders;
}

/** @throws when the folder holds what no mesh has put there. */
export async function assertMeshFolder(home: string): Promise<void> {
  const entries = await readdir(home);
  if (entries.includes('mesh.json')) return;
  const strange = entries.find((entry) => !early.test(entry));
  if (strange === undefined) return;
  throw new Error(`${home} is not the state folder of a mesh: it holds ${strange}`);
}

async function assertOurs(home: string): Promise<void> {
  const { uid, mode } = await stat(home);
  if (uid !== process.getuid?.()) {
    throw new Error(
      `${home} belongs to another user (uid ${uid}): a mesh needs a state folder of its own user`,
    );
  }
  if (mode & 0o022 && (await readdir(home)).length > 0) {
    throw new Error(`others may write to ${home}: choose another state folder, or remove it`);
  }
}
