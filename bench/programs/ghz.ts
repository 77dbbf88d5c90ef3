import { join } from 'node:path';
import { cacheFolder } from '../../deploy/local/programs/cacheFolder.ts';
import { findOnPath } from '../../deploy/local/programs/findOnPath.ts';
import { findGo } from '../../deploy/local/programs/go.ts';
import { installOnce } from '../../deploy/local/programs/installOnce.ts';
import { run } from '../../deploy/local/programs/run.ts';
import type { SuiteOptions } from '../harness/Suite.ts';

const VERSION = 'v0.121.0';

/**
 * The load generator ghz: on PATH, in the cache, or built into the cache.
 *
 * @returns its path.
 * @throws Error that says how to install it, when it can neither be found nor be built.
 */
export async function ghz({
  progress: report,
  signal,
}: Pick<SuiteOptions, 'progress' | 'signal'>): Promise<string> {
  const onPath = await findOnPath('ghz');
  if (onPath !== undefined) return onPath;
  const folder = join(cacheFolder(), `ghz-${VERSION}`);
  const progress = { report, signal };
  const build = async (made: string) => {
    report('Building ghz, once: about a minute');
    const go = await findGo(progress);
    const module = `github.com/bojand/ghz/cmd/ghz@${VERSION}`;
    await run(go, ['install', module], progress, { env: { GOBIN: made, CGO_ENABLED: '0' } });
  };
  await installOnce(folder, build, progress).catch((cause) => {
    throw new Error(
      `ghz could not be built: put one on PATH (https://ghz.sh/docs/install). ${cause.message}`,
      { cause },
    );
  });
  return join(folder, 'ghz');
}
