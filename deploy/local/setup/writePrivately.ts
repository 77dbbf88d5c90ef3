import { rename, writeFile } from 'node:fs/promises';

/** Writes a file that only its owner may read; whoever reads it meanwhile sees the old or the new one. */
export async function writePrivately(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
