import { join } from 'node:path';
import { cacheFolder } from '../../deploy/local/programs/cacheFolder.ts';
import { findGo } from '../../deploy/local/programs/go.ts';
import { installOnce } from '../../deploy/local/programs/installOnce.ts';
import { run } from '../../deploy/local/programs/run.ts';
import type { SuiteOptions } from '../harness/Suite.ts';

const VERSION = 'v6.9.1';

/**
 * Centrifugo, in the cache or built into it.
 *
 * @returns its path; undefined, with a word about it, where it cannot be built.
 */
export async function centrifugo({
  progress: report,
  signal,
}: Pick<SuiteOptions, 'progress' | 'signal'>): Promise<string | undefined> {
  const folder = join(cacheFolder(), `centrifugo-${VERSION}`);
  const progress = { report, signal };
  const build = async (made: string) => {
    report('Building Centrifugo, once: some minutes');
    const go = await findGo(progress);
    const module = `github.com/centrifugal/centrifugo/v6@${VERSION}`;
    await run(go, ['install', module], progress, { env: { GOBIN: made, CGO_ENABLED: '0' } });
  };
  try {
    await installOnce(folder, build, progress);
    return join(folder, 'centrifugo');
  } catch (error) {
    report(`Centrifugo is left out, since it could not be built: ${String(error)}`);
    return undefined;
  }
}
