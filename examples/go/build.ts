import { mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../../deploy/local/Progress.ts';
import { findGo, goEnvironment } from '../../deploy/local/programs/go.ts';
import { run } from '../../deploy/local/programs/run.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const root = join(folder, '../..');

/** What go.mod asks for. */
const OLDEST_GO = '1.26.0';

/**
 * Generates and compiles the Go example, with the plugins and the packages of go.mod.
 *
 * @returns the program.
 */
export async function buildGo(progress: Progress): Promise<string> {
  const go = await findGo(progress, OLDEST_GO);
  const program = join(folder, 'bin/risk');
  // buf runs the plugins with `go tool`.
  const path = [dirname(go), process.env.PATH].join(delimiter);
  const options = {
    cwd: folder,
    env: { ...goEnvironment(), PATH: path },
    onLine: reporter(progress),
  };
  const contracts = [
    'examples/v1',
    'market/v1/analytics.proto',
    'weft/policy/v1',
    'weft/rooms/v1',
    'buf/validate',
  ];
  await run(
    join(root, 'node_modules/.bin/buf'),
    [
      'generate',
      join(root, 'proto/gen/image.binpb'),
      ...contracts.flatMap((each) => ['--path', each]),
    ],
    progress,
    options,
  );
  await mkdir(dirname(program), { recursive: true });
  await run(go, ['build', '-o', program, '.'], progress, options);
  return program;
}

/** Says once that the first time takes longer. */
function reporter(progress: Progress): (line: string) => void {
  let isSaid = false;
  return (line) => {
    if (isSaid || !line.startsWith('go: downloading')) return;
    isSaid = true;
    progress.report('  Downloading and compiling grpc-go, once: about a minute');
  };
}
