import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../../deploy/local/Progress.ts';
import { ensureEnvironment } from '../../deploy/local/programs/python.ts';
import { run } from '../../deploy/local/programs/run.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const image = fileURLToPath(new URL('../../proto/gen/image.binpb', import.meta.url));

/** The contracts that the example uses, and what they import. */
const FILES = [
  'examples/v1/risk.proto',
  'market/v1/analytics.proto',
  'weft/policy/v1/policy.proto',
  'weft/rooms/v1/state.proto',
  'buf/validate/validate.proto',
  'google/api/annotations.proto',
  'google/api/http.proto',
];

/**
 * Makes the environment with grpcio in the user's cache, links it as `.venv`, and generates the code.
 *
 * @returns the interpreter that runs the example.
 */
export async function buildPython(progress: Progress): Promise<string> {
  const environment = await ensureEnvironment(join(folder, 'requirements.txt'), progress);
  const python = join(folder, '.venv/bin/python');
  await rm(join(folder, '.venv.new'), { force: true });
  await symlink(environment, join(folder, '.venv.new'));
  await rename(join(folder, '.venv.new'), join(folder, '.venv'));
  const generated = join(folder, 'gen');
  await rm(generated, { recursive: true, force: true });
  await mkdir(generated);
  const outputs = [`--python_out=${generated}`, `--grpc_python_out=${generated}`];
  await run(
    python,
    ['-m', 'grpc_tools.protoc', `--descriptor_set_in=${image}`, ...outputs, ...FILES],
    progress,
  );
  return python;
}
