import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliError } from '../CliError.ts';

/** What is in the root of a clone of Weft. */
const MARKS = ['buf.gen.yaml', 'proto', 'services/kit'];

/**
 * The clone of Weft that a folder is in.
 *
 * @throws CliError when it is in none.
 */
export async function findClone(folder: string): Promise<string> {
  if (MARKS.every((mark) => existsSync(join(folder, mark)))) return folder;
  const above = dirname(folder);
  if (above !== folder) return findClone(above);
  throw new CliError('this is no clone of Weft: there is no folder with proto/ and services/kit/', {
    exitCode: 2,
  });
}
