import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writePrivately } from './writePrivately.ts';

/** What a file of its own, closed to others, holds: made up the first time it is asked for. */
export async function keepSecret(file: string, makeUp: () => string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept) return kept;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const made = makeUp();
  await writePrivately(file, made);
  return made;
}
