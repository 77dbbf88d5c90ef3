import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

let sequence = 0;

/** Writes a file that only its owner may read (0600). A reader sees the old content or the new, never a part. */
export async function writeFileAtomically(file: string, content: string): Promise<void> {
  sequence += 1;
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.${sequence}`);
  try {
    await writeFile(temporary, content, { mode: 0o600, flag: 'wx' });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
