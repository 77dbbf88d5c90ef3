import type { Mesh } from './Mesh.ts';
import type { Progress } from './Progress.ts';
import { renewProcesses } from './renewProcesses.ts';
import { settleCore } from './setup/prepareMesh.ts';
import type { Group } from './supervisor/ProcessSpec.ts';
import { waitUntilHealthy } from './supervisor/waitUntilHealthy.ts';
import { provisionEvents } from './topology/nats.ts';

/** What starts together, after what is before it is healthy. */
export const stages: readonly (readonly Group[])[] = [['core'], ['control'], ['services', 'edge']];

/** Names of processes: of those that ran before, and of those among them that have to start anew. */
export interface Before {
  readonly runs: ReadonlySet<string>;
  readonly renewed: readonly string[];
}

/** Starts what of a stage does not run, renews what has to start anew, and waits until all of it is healthy. */
export async function startStage(
  mesh: Mesh,
  stage: readonly Group[],
  { runs, renewed }: Before,
  progress: Progress,
): Promise<void> {
  const processes = mesh.plan.processes.filter(({ group }) => stage.includes(group));
  if (processes.length === 0) return;
  progress.signal.throwIfAborted();
  const started = Date.now();
  await renewProcesses(
    mesh,
    processes.filter(({ name }) => renewed.includes(name)),
    progress,
  );
  await Promise.all([
    mesh.supervisor.start(processes.map(({ name }) => name)),
    waitUntilHealthy(processes, mesh.supervisor, progress),
  ]);
  if (stage.includes('core')) {
    const changed = await settleCore(mesh.plan);
    if (changed && runs.has('nats')) await mesh.kill('nats', 'SIGHUP');
  }
  if (processes.some(({ name }) => name === 'nats')) {
    await provisionEvents(mesh.plan.settings, progress);
  }
  const names = processes.map(({ name }) => name).filter((name) => !runs.has(name));
  if (names.length === 0) return;
  progress.report(`Started ${names.join(', ')} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
