import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MANIFEST_FILE, type Manifest, readManifest } from '@weft/mesh/manifest';

/**
 * The manifest beside the script that this process was started with.
 *
 * @throws ManifestError when there is none, or it is wrong.
 */
export async function readOwnManifest(script = process.argv[1] ?? ''): Promise<Manifest> {
  return readManifest(join(dirname(await realpath(script)), MANIFEST_FILE));
}
