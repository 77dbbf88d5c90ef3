import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { clone } from '@weft/mesh/local';
import { readServices } from '@weft/mesh/manifest';
import { endMeshProcesses } from './host/meshProcesses.ts';
import { Mesh } from './Mesh.ts';
import type { Progress } from './Progress.ts';
import { installPrograms } from './programs/installPrograms.ts';
import { installPackages } from './programs/servicePackages.ts';
import { restore } from './removeServices.ts';
import type { Folders } from './settings/Folders.ts';
import { freePorts } from './settings/freePorts.ts';
import { lockHome } from './settings/lockHome.ts';
import type { MeshSettings } from './settings/MeshSettings.ts';
import { readRecord, writeRecord } from './settings/meshRecord.ts';
import { openHome } from './settings/openHome.ts';
import { assertPortsFree } from './setup/assertPortsFree.ts';
import { assertSameFoundation } from './setup/assertSameFoundation.ts';
import { chooseEnvironments } from './setup/chooseEnvironments.ts';
import { prepareMesh } from './setup/prepareMesh.ts';
import { supervisorEnvironment } from './setup/supervisorEnvironment.ts';
import { stages, startStage } from './stages.ts';
import { outdated, withContracts } from './startedContracts.ts';
import { stopMesh } from './stopMesh.ts';
import { Supervisor } from './supervisor/Supervisor.ts';
import { chooseServices } from './topology/chooseServices.ts';
import { settleGateway } from './topology/gateway.ts';
import { neededPrograms } from './topology/neededPrograms.ts';
import { permissions } from './topology/permissions.ts';
import { planMesh } from './topology/planMesh.ts';

type Defaulted = 'ports' | 'controlPlanes' | 'insecure' | 'servicesFolder';
type Chosen = 'services' | 'environments';

/** `ports`: default free ones, so that meshes run side by side. `servicesFolder`: default that of the clone. */
export interface StartOptions
  extends Omit<MeshSettings, Defaulted | Chosen>,
    Partial<Pick<MeshSettings, Defaulted>> {
  /**
   * Groups and services that are to run, with what they call, beside those that run already; of none, the mesh alone.
   * Default: all that there are.
   */
  readonly only?: readonly string[];
}

/**
 * Starts a mesh on this machine, and returns when all of it is healthy. It goes on in the background until
 * it is stopped, also when this process ends.
 *
 * One that runs already in the folder is completed, or changed, as far as it differs: contracts that are others than those it
 * was started with take effect without a failed call, but of services that can only run once. If it cannot be started, or
 * `progress.signal` aborts, everything that this call has started is stopped again.
 *
 * @throws UnhealthyError when a process does not become healthy.
 * @throws ManifestError when a service's manifest is wrong.
 * @throws Error when a port is taken, a program cannot be installed, or `only` names what there is not.
 * @example
 * const mesh = await startMesh({ home: await mkdtemp('/tmp/weft-test-') }, progress);
 * after(() => mesh.stop({ remove: true }));
 * await fetch(`${mesh.edgeUrl}/v1/assets`);
 */
export async function startMesh(
  { only, ...options }: StartOptions,
  progress: Progress,
): Promise<Mesh> {
  const { servicesFolder = join(clone, 'services') } = options;
  // First of all: to be told so needs no mesh.
  const known = await readServices(servicesFolder);
  permissions(known);
  const wanted = (only ? chooseServices(only, known) : known).map(({ name }) => name);
  const folders = await openHome(options.home);
  const release = await lockHome(folders, progress);
  try {
    const running = await findAnsweringMesh(folders, progress);
    const names = new Set([...wanted, ...(running?.plan.services.map(({ name }) => name) ?? [])]);
    const settings: MeshSettings = {
      controlPlanes: 1,
      insecure: false,
      ...options,
      servicesFolder,
      services: [...names].sort(),
      environments: {
        ...chooseEnvironments(known.filter(({ name }) => names.has(name))),
        ...running?.plan.settings.environments,
      },
      ports: options.ports ?? running?.plan.settings.ports ?? (await freePorts()),
      home: folders.home,
    };
    if (running) {
      assertSameFoundation(running.plan.settings, settings);
      const reports = await running.reports(progress.signal);
      const isHealthy = reports.every(({ problem }) => problem === undefined);
      const isSame = isDeepStrictEqual(running.plan.settings, settings);
      if (isHealthy && isSame && (await outdated(running)).length === 0) return running;
    }
    return await start(settings, folders, running, progress);
  } finally {
    await release();
  }
}

/** The mesh that runs in this folder, healthy or not. */
export async function findMesh(folders: Folders): Promise<Mesh | undefined> {
  if ((await Supervisor.pid(folders)) === undefined) return undefined;
  const record = await readRecord(folders);
  return (
    record && new Mesh(withContracts(await planMesh(record.settings, record.binaries), record))
  );
}

/** The same; one whose supervisor no longer answers is stopped. */
async function findAnsweringMesh(folders: Folders, progress: Progress): Promise<Mesh | undefined> {
  const mesh = await findMesh(folders);
  try {
    await mesh?.supervisor.states();
    return mesh;
  } catch (error) {
    progress.report(
      `Starting anew, because the supervisor does not answer: ${(error as Error).message}`,
    );
    await stopMesh(folders, progress);
    return undefined;
  }
}

async function start(
  settings: MeshSettings,
  folders: Folders,
  running: Mesh | undefined,
  progress: Progress,
): Promise<Mesh> {
  const known = await readServices(settings.servicesFolder);
  const binaries = await installPrograms(progress, neededPrograms(settings, known));
  await installPackages(
    known.filter(({ name }) => settings.services.includes(name)),
    progress,
  );
  const plan = await planMesh(settings, binaries);
  const mesh = new Mesh(plan);
  const runs = new Set(running?.plan.processes.map(({ name }) => name));
  const added = plan.processes.filter(({ name }) => !runs.has(name));
  try {
    if (!running) {
      for (const { pid, command } of await endMeshProcesses(folders.home)) {
        progress.report(`Ended what an earlier run left behind: ${pid} ${command}`);
      }
    }
    await assertPortsFree(added, settings.ports);
    const isOtherGateway = await prepareMesh(plan, progress);
    const renewed = running ? await outdated(running, plan) : [];
    if (renewed.length > 0) {
      progress.report(`New contracts: restarting ${renewed.join(', ')} in turn`);
    }
    if (running && isOtherGateway) {
      progress.report('Another bootstrap of the edge: restarting gateway');
      renewed.push('gateway');
    }
    await writeRecord(running ? withContracts(plan, running.plan) : plan, mesh.environment);
    if (running) await mesh.supervisor.update();
    else await mesh.supervisor.launch(supervisorEnvironment(folders.home));
    for (const stage of stages) await startStage(mesh, stage, { runs, renewed }, progress);
    // Only now: what has failed is done again by the next start.
    await settleGateway(settings);
    await writeRecord(plan, mesh.environment);
    return mesh;
  } catch (error) {
    if (running)
      await restore(
        running,
        added.map(({ name }) => name),
      );
    else await stopMesh(folders, progress);
    throw error;
  }
}
