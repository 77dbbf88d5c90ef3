import { readFile, stat } from 'node:fs/promises';
import { ConfigError } from '@weft/mesh/runtime';

/**
 * Reads a secret from a file that nobody but its owner may read, without white space around it.
 *
 * @param variable That names the file, for errors.
 * @throws ConfigError when it is missing, or can be read by others.
 */
export async function readSecretFile(variable: string, file: string): Promise<string> {
  const problem = (what: string) => new ConfigError(`${variable}: ${file} ${what}`);
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw problem(`cannot be read: ${error.message}`);
  });
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) throw problem('can be read by others: its mode has to be 0600');
  return text.trim();
}
