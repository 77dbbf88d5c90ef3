import { randomBytes } from 'node:crypto';
import { link, mkdir, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '@weft/mesh/runtime';
import { readSecretFile } from '../readSecretFile.ts';
import { Secret } from './Secret.ts';
import { type SecretFile, secretVariable } from './SecretFile.ts';

/**
 * Reads a service's secret from its file, which nobody but its owner may read. Two instances that start at once, and make
 * it, get the same one.
 *
 * @throws ConfigError when the file is missing, can be read by others, or holds something else.
 */
export async function readSecret(service: string, { file, make }: SecretFile): Promise<Secret> {
  if (make) await makeFile(file);
  const variable = secretVariable(service);
  const bytes = Buffer.from(await readSecretFile(variable, file), 'base64');
  if (bytes.length !== Secret.BYTES) {
    throw new ConfigError(
      `${variable}: ${file} must hold ${Secret.BYTES} bytes in base64, as \`openssl rand -base64 32\` prints`,
    );
  }
  return new Secret(service, bytes);
}

/** Whole or not at all, and never in place of one that is there. */
async function makeFile(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const made = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(made, `${randomBytes(Secret.BYTES).toString('base64')}\n`, { mode: 0o600 });
  try {
    await link(made, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(made);
  }
}
