import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { checkManifest } from './checkManifest.ts';
import { type Manifest, ManifestError } from './Manifest.ts';

/** Name of the file in a service's folder. */
export const MANIFEST_FILE = 'service.yaml';

/**
 * Reads one service's manifest.
 *
 * @throws ManifestError that names file and key, or line, when it is missing or wrong.
 */
export async function readManifest(file: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ManifestError(`${file}: cannot be read: ${(cause as Error).message}`);
  }
  // Only where there is a file to read: who says in code what a service is called loads no YAML.
  const { load } = await import('js-yaml');
  let value: unknown;
  try {
    value = load(text);
  } catch (cause) {
    throw new ManifestError(`${file}: is no YAML: ${(cause as Error).message}`);
  }
  return { ...checkManifest(value, file), group: basename(dirname(dirname(resolve(file)))) };
}
