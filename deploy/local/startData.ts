import { join } from 'node:path';
import type { Example, ServiceFolder } from '@weft/mesh/manifest';
import type { Mesh } from './Mesh.ts';
import type { Progress } from './Progress.ts';
import { run } from './programs/run.ts';

/** How long to wait for data that do not arrive; their service goes on with them by itself. */
const limitMs = 30_000;

/**
 * Runs the examples of the services that run. Data that are there already change nothing.
 *
 * @returns whether all of them arrived; what did not is reported.
 */
export async function startData(mesh: Mesh, progress: Progress): Promise<boolean> {
  const results = await Promise.all(
    mesh.plan.services.flatMap((service) =>
      service.examples.map((example) => startExample(mesh, service, example, progress)),
    ),
  );
  return results.every(Boolean);
}

async function startExample(
  mesh: Mesh,
  { name: service, folder, jobs }: ServiceFolder,
  { name, job, arguments: args = [] }: Example,
  progress: Progress,
): Promise<boolean> {
  const signal = AbortSignal.any([progress.signal, AbortSignal.timeout(limitMs)]);
  try {
    const script = join(folder, jobs[job]?.script as string);
    const options = { cwd: folder, env: mesh.environmentOf(job) };
    progress.report((await run(process.execPath, [script, ...args], { signal }, options)).trim());
    return true;
  } catch (error) {
    progress.signal.throwIfAborted();
    const reason = signal.aborted ? 'it has not all arrived yet' : (error as Error).message;
    progress.report(`${name}: ${reason} (make logs S=${service})`);
    return false;
  }
}
