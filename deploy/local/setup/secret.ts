import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Folders } from '../settings/Folders.ts';
import { writePrivately } from './writePrivately.ts';

/** A password kept in a file of its own: made up the first time it is asked for. */
export async function secret(folders: Folders, name: string): Promise<string> {
  const file = join(folders.secrets, name);
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept) return kept;
  await mkdir(folders.secrets, { recursive: true, mode: 0o700 });
  const made = randomBytes(24).toString('hex');
  await writePrivately(file, made);
  return made;
}
