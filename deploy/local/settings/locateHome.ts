import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Folders } from './Folders.ts';

/** The state folder of a mesh, which need not exist: its processes may outlive it. */
export async function locateHome(home: string): Promise<Folders> {
  const path = resolve(home);
  return new Folders(await realpath(path).catch(() => path));
}
