#!/usr/bin/env node
// `weft` for any Node: the command is TypeScript, which this Node may be too old to run. The one that
// the package pins is not.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('weft.ts', import.meta.url));

if (process.features.typescript) {
  process.argv[1] = command;
  await import('./weft.ts');
} else {
  const require = createRequire(import.meta.url);
  // By its own package: what npm links may be another's.
  const name = `node-${process.platform}-${process.arch}`;
  const node = join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node');
  const child = spawn(node, [command, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends its own signals to both; passing them on once more would be taken as impatience.
  for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => {});
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`weft: cannot run ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
