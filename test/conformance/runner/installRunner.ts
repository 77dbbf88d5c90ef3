import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../../../deploy/local/Progress.ts';
import { buildGoTool, findGoSources } from '../../../deploy/local/programs/buildGoTool.ts';
import { cacheFolder } from '../../../deploy/local/programs/cacheFolder.ts';
import { installOnce } from '../../../deploy/local/programs/installOnce.ts';

const MODULE = 'connectrpc.com/conformance';
const tool = {
  module: fileURLToPath(new URL('.', import.meta.url)),
  path: `${MODULE}/cmd/connectconformance`,
};

/** The conformance runner. */
export interface Runner {
  readonly binary: string;
  /** Folder of the .proto files of what it says. */
  readonly protos: string;
}

const folder = join(cacheFolder(), 'connectconformance-1.0.5');
const runner: Runner = {
  binary: join(folder, 'connectconformance'),
  protos: join(folder, 'proto'),
};

/** The runner, if it has been built. */
export function findRunner(): Runner | undefined {
  return existsSync(folder) ? runner : undefined;
}

/** Builds connectconformance into the cache if it is not there; go.mod beside this file holds its version. */
export async function installRunner(progress: Progress): Promise<Runner> {
  const build = async (made: string) => {
    progress.report(`Installing connectconformance into ${folder}`);
    await buildGoTool(tool, join(made, 'connectconformance'), 'about a minute', progress);
    const sources = await findGoSources(tool, MODULE, progress);
    await cp(join(sources, 'proto'), join(made, 'proto'), { recursive: true });
  };
  await installOnce(folder, build, progress);
  return runner;
}
