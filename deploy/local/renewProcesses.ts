import type { Mesh } from './Mesh.ts';
import type { Progress } from './Progress.ts';
import { configureSupervisor } from './setup/prepareMesh.ts';
import type { ProcessSpec } from './supervisor/ProcessSpec.ts';
import { waitUntilHealthy } from './supervisor/waitUntilHealthy.ts';
import { controlClients, untilTold } from './topology/controlClients.ts';
import { standIn } from './topology/standIn.ts';

/**
 * Starts processes of a mesh anew, in turn, each by its ordinary end. Who calls a service meanwhile is served by a second
 * instance of it, unless it may have only one.
 *
 * @throws UnhealthyError when one does not become healthy.
 */
export async function renewProcesses(
  mesh: Mesh,
  processes: readonly ProcessSpec[],
  progress: Progress,
): Promise<void> {
  for (const process of processes) {
    progress.signal.throwIfAborted();
    if (process.group === 'control') {
      await renewControl(mesh, process, progress);
      continue;
    }
    const service = mesh.plan.services.find(({ name }) => name === process.name);
    const other = service && standIn(mesh.plan.settings, service, process);
    if (!other) {
      await renew(mesh, process, progress);
      continue;
    }
    try {
      await configureSupervisor(mesh.plan, [other]);
      await mesh.supervisor.update();
      await start(mesh, other, progress);
      await renew(mesh, process, progress);
    } finally {
      await mesh.supervisor.stop([other.name]);
      await configureSupervisor(mesh.plan);
      await mesh.supervisor.update();
    }
  }
}

/** Whoever it tells goes on with what it knows, but has to hear of what changes next. */
async function renewControl(mesh: Mesh, process: ProcessSpec, progress: Progress): Promise<void> {
  const controls = mesh.plan.processes.filter(({ name }) => /^control(-\d)?$/.test(name));
  const clients = await controlClients(controls, progress.signal);
  await renew(mesh, process, progress);
  await untilTold(controls, clients, progress);
}

async function renew(mesh: Mesh, process: ProcessSpec, progress: Progress): Promise<void> {
  await mesh.supervisor.stop([process.name]);
  await start(mesh, process, progress);
}

async function start(mesh: Mesh, process: ProcessSpec, progress: Progress): Promise<void> {
  await mesh.supervisor.start([process.name]);
  await waitUntilHealthy([process], mesh.supervisor, progress);
}
