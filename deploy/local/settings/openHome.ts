import { chmod, mkdir, readdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Folders } from './Folders.ts';

/** What may lie in a state folder before its first start has been recorded. */
const early =
  /^(logs|secrets|consul|postgres|gateway|identity|supervis.*|start\.lock|mesh\.json.*)$/;

/**
 * Makes the state folder of a mesh if it is missing.
 *
 * @throws when it holds something else: it is closed to others here, and removed by `make clean`.
 */
export async function openHome(home: string): Promise<Folders> {
  const path = resolve(home);
  await mkdir(path, { recursive: true });
  await assertMeshFolder(path);
  const folders = new Folders(await realpath(path));
  // As root, PostgreSQL's user passes through it; what lies in it is closed where it has to be.
  await chmod(folders.home, process.getuid?.() === 0 ? 0o711 : 0o700);
  await mkdir(folders.logs, { recursive: true, mode: 0o700 });
  await mkdir(join(folders.home, 'identity'), { recursive: true, mode: 0o700 });
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
