import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../Progress.ts';
import { cacheFolder } from './cacheFolder.ts';
import { findGo } from './go.ts';
import type { Program } from './Program.ts';
import { run } from './run.ts';

const module = fileURLToPath(new URL('consul', import.meta.url));
const path = 'github.com/hashicorp/consul';

/**
 * Consul with its web page, built from the Go module: there is no package of its binary.
 *
 * A module of tools names it, because `go install consul@version` refuses a module with replacements.
 */
export const consul: Program = {
  name: 'consul',
  variable: 'WEFT_CONSUL_BIN',
  variableNames: 'file',
  companions: [],
  oldest: '1.22',
  binary: 'consul',
  cacheName: async () => 'consul-1.22.2',
  async install(folder, progress) {
    const go = await findGo(progress);
    const options = { cwd: module, env: goEnvironment() };
    const report = everyFewSeconds(progress);

    let downloads = 0;
    const packages = await run(go, ['list', '-deps', path], progress, {
      ...options,
      onLine(line) {
        if (!line.startsWith('go: downloading')) return;
        downloads += 1;
        report(`  Downloaded ${downloads} modules`);
      },
    });
    const total = packages.split('\n').filter((line) => !line.startsWith('go: ')).length;

    progress.report(`  Compiling ${total} packages, once: about four minutes on two cores`);
    let compiled = 0;
    await run(go, ['build', '-v', '-trimpath', '-o', join(folder, 'consul'), path], progress, {
      ...options,
      onLine() {
        compiled += 1;
        report(`  Compiled ${compiled} of ${total} packages`);
      },
    });
  },
};

function goEnvironment(): Record<string, string> {
  const environment = {
    GOFLAGS: '-mod=readonly -buildvcs=false',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    CGO_ENABLED: '0',
  };
  if (process.env.HOME) return environment;
  // Go has nowhere to keep its own caches when there is no home.
  return {
    ...environment,
    GOPATH: join(cacheFolder(), 'go'),
    GOCACHE: join(cacheFolder(), 'go-build'),
  };
}

/** Reports a line at most every five seconds, and none in the first five. */
function everyFewSeconds({ report }: Progress): (line: string) => void {
  let next = Date.now() + 5_000;
  return (line) => {
    if (Date.now() < next) return;
    next = Date.now() + 5_000;
    report(line);
  };
}
