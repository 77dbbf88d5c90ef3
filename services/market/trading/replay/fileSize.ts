import { stat } from 'node:fs/promises';

/**
 * Size of a file in bytes.
 *
 * @throws in words for who named it, when there is nothing in it to read.
 */
export async function fileSize(file: string): Promise<number> {
  const stats = await stat(file).catch((error) => {
    if (error.code === 'ENOENT') throw new Error(`there is no file ${file}`);
    throw error;
  });
  if (!stats.isFile()) throw new Error(`${file} is not a file`);
  if (stats.size === 0) throw new Error(`${file} is empty`);
  return stats.size;
}
