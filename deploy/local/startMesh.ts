import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { clone } from '@weft/mesh/local';
import { readServices } from '@weft/mesh/manifest';
import { endMeshProcesses } from './host/meshProcesses.ts';
import { Mesh } from './Mesh.ts';
import type { Progress } from './Progress.ts';
import { installPrograms } from './programs/installPrograms.ts';
import { renewProcesses } from './renewProcesses.ts';
import type { Folders } from './settings/Folders.ts';
import { freePorts } from './settings/freePorts.ts';
import { lockHome } from './settings/lockHome.ts';
import type { MeshSettings } from './settings/MeshSettings.ts';
import { type MeshRecord, readRecord, writeRecord } from './settings/meshRecord.ts';
import { openHome } from './settings/openHome.ts';
import { assertPortsFree } from './setup/assertPortsFree.ts';
import { chooseEnvironments } from './setup/chooseEnvironments.ts';
import { configureSupervisor, prepareMesh, settleCore } from './setup/prepareMesh.ts';
import { supervisorEnvironment } from './setup/supervisorEnvironment.ts';
import { stopMesh } from './stopMesh.ts';
import type { Group } from './supervisor/ProcessSpec.ts';
import { Supervisor } from './supervisor/Supervisor.ts';
import { waitUntilHealthy } from './supervisor/waitUntilHealthy.ts';
import { chooseServices } from './topology/chooseServices.ts';
import { settleGateway } from './topology/gateway.ts';
import { provisionEvents } from './topology/nats.ts';
import { neededPrograms } from './topology/neededPrograms.ts';
import { permissions } from './topology/permissions.ts';
import { type MeshPlan, planMesh } from './topology/planMesh.ts';

/** What starts together, after what is before it is healthy. */
const stages: readonly (readonly Group[])[] = [['core'], ['control'], ['services', 'edge']];

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

/** Names of what was started with other contracts than there are now. */
async function outdated({ plan }: Mesh, now?: MeshPlan): Promise<string[]> {
  const { processes } = now ?? (await planMesh(plan.settings, plan.binaries));
  const before = new Map(plan.processes.map((one) => [one.name, one]));
  return processes
    .filter(({ name, contracts }) => before.has(name) && before.get(name)?.contracts !== contracts)
    .map(nameOf);
}

/** The plan with the contracts that those of its processes that run were started with. */
function withContracts(plan: MeshPlan, { processes }: Pick<MeshRecord, 'processes'>): MeshPlan {
  const started = new Map(processes.map(({ name, contracts }) => [name, contracts]));
  return {
    ...plan,
    processes: plan.processes.map(({ contracts, ...process }) => ({
      ...process,
      contracts: started.has(process.name) ? started.get(process.name) : contracts,
    })),
  };
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

/** Takes services away from a running mesh, with the engines that nothing else needs. */
export async function removeServices(mesh: Mesh, names: readonly string[]): Promise<Mesh> {
  const { settings, binaries, processes } = mesh.plan;
  const services = settings.services.filter((name) => !names.includes(name));
  const environments = Object.fromEntries(
    Object.entries(settings.environments).filter(([name]) => !names.includes(name)),
  );
  const now = await planMesh({ ...settings, services, environments }, binaries);
  const plan = withContracts(now, mesh.plan);
  const stays = new Set(plan.processes.map(({ name }) => name));
  const gone = processes.filter(({ name }) => !stays.has(name));
  // The services before the engines that they stand on.
  for (const stage of stages.toReversed()) {
    await mesh.supervisor.stop(gone.filter(({ group }) => stage.includes(group)).map(nameOf));
  }
  await adopt(plan, mesh);
  return new Mesh(plan);
}

/** Makes a mesh again what it was before more was added to it. */
async function restore(mesh: Mesh, added: readonly string[]): Promise<void> {
  const present = (await mesh.supervisor.states()).map(nameOf);
  await mesh.supervisor.stop(added.filter((name) => present.includes(name)));
  await adopt(mesh.plan, mesh);
}

/** Tells the supervisor, and those who come later, that this is what runs. */
async function adopt(plan: MeshPlan, { supervisor, environment }: Mesh): Promise<void> {
  await configureSupervisor(plan);
  await writeRecord(plan, environment);
  await supervisor.update();
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

/** Names of processes: of those that ran before, and of those among them that have to start anew. */
interface Before {
  readonly runs: ReadonlySet<string>;
  readonly renewed: readonly string[];
}

async function startStage(
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
    mesh.supervisor.start(processes.map(nameOf)),
    waitUntilHealthy(processes, mesh.supervisor, progress),
  ]);
  if (stage.includes('core')) {
    const changed = await settleCore(mesh.plan);
    if (changed && runs.has('nats')) await mesh.kill('nats', 'SIGHUP');
  }
  if (processes.some(({ name }) => name === 'nats')) {
    await provisionEvents(mesh.plan.settings, progress);
  }
  const names = processes.map(nameOf).filter((name) => !runs.has(name));
  if (names.length === 0) return;
  progress.report(`Started ${names.join(', ')} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** @throws when a running mesh would have to be stopped to become what is wanted. */
function assertSameFoundation(running: MeshSettings, wanted: MeshSettings): void {
  if (JSON.stringify(running.ports) !== JSON.stringify(wanted.ports)) {
    throw new Error('The mesh runs with other ports: stop it first (make down).');
  }
  if (running.servicesFolder !== wanted.servicesFolder) {
    throw new Error(
      `The mesh runs services of ${running.servicesFolder}: stop it first (make down).`,
    );
  }
  if (running.insecure === wanted.insecure) return;
  throw new Error(
    running.insecure
      ? "The mesh runs with Consul's ACLs off: make up INSECURE=1, or stop it first (make down)."
      : "The mesh runs with Consul's ACLs on: make up without INSECURE, or stop it first (make down).",
  );
}
