import { isDeepStrictEqual } from 'node:util';
import { endMeshProcesses } from './host/meshProcesses.ts';
import { Mesh } from './Mesh.ts';
import type { Progress } from './Progress.ts';
import { installPrograms } from './programs/installPrograms.ts';
import type { Folders } from './settings/Folders.ts';
import { freePorts } from './settings/freePorts.ts';
import { lockHome } from './settings/lockHome.ts';
import type { MeshSettings } from './settings/MeshSettings.ts';
import { readRecord, writeRecord } from './settings/meshRecord.ts';
import { openHome } from './settings/openHome.ts';
import { assertPortsFree } from './setup/assertPortsFree.ts';
import { prepareMesh, settleCore } from './setup/prepareMesh.ts';
import { supervisorEnvironment } from './setup/supervisorEnvironment.ts';
import { stopMesh } from './stopMesh.ts';
import { type Group, groups } from './supervisor/ProcessSpec.ts';
import { Supervisor } from './supervisor/Supervisor.ts';
import { waitUntilHealthy } from './supervisor/waitUntilHealthy.ts';
import { planMesh } from './topology/planMesh.ts';

/** What starts together, after what is before it is healthy. */
const stages: readonly (readonly Group[])[] = [['core'], ['control'], ['services', 'edge']];

/** `ports`: default free ones, so that meshes run side by side. */
export type StartOptions = Omit<MeshSettings, 'ports' | 'controlPlanes' | 'secure'> &
  Partial<Pick<MeshSettings, 'ports' | 'controlPlanes' | 'secure'>>;

/**
 * Starts a mesh on this machine, and returns when all of it is healthy. It goes on in the background until
 * it is stopped, also when this process ends.
 *
 * One that runs already in the folder is completed, or changed, as far as it differs. If it cannot be started, or
 * `progress.signal` aborts, everything that this call has started is stopped again.
 *
 * @throws UnhealthyError when a process does not become healthy.
 * @throws Error when a port is taken, or a program cannot be installed.
 * @example
 * const mesh = await startMesh({ home: await mkdtemp('/tmp/weft-test-') }, progress);
 * after(() => mesh.stop({ remove: true }));
 * await fetch(`${mesh.edgeUrl}/v1/assets`);
 */
export async function startMesh(options: StartOptions, progress: Progress): Promise<Mesh> {
  const folders = await openHome(options.home);
  const release = await lockHome(folders, progress);
  try {
    const running = await findAnsweringMesh(folders, progress);
    const settings: MeshSettings = {
      controlPlanes: 1,
      secure: false,
      ...options,
      ports: options.ports ?? running?.plan.settings.ports ?? (await freePorts()),
      home: folders.home,
    };
    if (running) {
      assertSameFoundation(running.plan.settings, settings);
      const reports = await running.reports(progress.signal);
      const isHealthy = reports.every(({ problem }) => problem === undefined);
      if (isHealthy && isDeepStrictEqual(running.plan.settings, settings)) return running;
    }
    return await start(settings, folders, running !== undefined, progress);
  } finally {
    await release();
  }
}

/** The mesh that runs in this folder, healthy or not. */
export async function findMesh(folders: Folders): Promise<Mesh | undefined> {
  if ((await Supervisor.pid(folders)) === undefined) return undefined;
  const record = await readRecord(folders);
  return record && new Mesh(await planMesh(record.settings, record.binaries));
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
  isRunning: boolean,
  progress: Progress,
): Promise<Mesh> {
  const binaries = await installPrograms(progress);
  const plan = await planMesh(settings, binaries);
  const mesh = new Mesh(plan);
  try {
    if (!isRunning) {
      for (const { pid, command } of await endMeshProcesses(folders.home)) {
        progress.report(`Ended what an earlier run left behind: ${pid} ${command}`);
      }
      await assertPortsFree(plan.processes, settings.ports);
    }
    await prepareMesh(plan, progress);
    await writeRecord(folders, { settings, binaries });
    if (isRunning) await mesh.supervisor.update();
    else await mesh.supervisor.start(supervisorEnvironment(folders.home));
    for (const stage of stages) await startStage(mesh, stage, progress);
    return mesh;
  } catch (error) {
    if (!isRunning) await stopMesh(folders, progress);
    throw error;
  }
}

async function startStage(mesh: Mesh, stage: readonly Group[], progress: Progress): Promise<void> {
  const processes = mesh.plan.processes.filter(({ group }) => stage.includes(group));
  if (processes.length === 0) return;
  progress.signal.throwIfAborted();
  const started = Date.now();
  const present = groups.filter((group) => processes.some((process) => process.group === group));
  await Promise.all([
    ...present.map((group) => mesh.supervisor.startGroup(group)),
    waitUntilHealthy(processes, mesh.supervisor, progress),
  ]);
  if (stage.includes('core')) await settleCore(mesh.plan);
  const names = processes.map(({ name }) => name).join(', ');
  progress.report(`Started ${names} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** @throws when a running mesh would have to be stopped to become what is wanted. */
function assertSameFoundation(running: MeshSettings, wanted: MeshSettings): void {
  if (JSON.stringify(running.ports) !== JSON.stringify(wanted.ports)) {
    throw new Error('The mesh runs with other ports: stop it first (make down).');
  }
  if (running.secure === wanted.secure) return;
  throw new Error(
    running.secure
      ? "The mesh runs with Consul's ACLs on: make up SECURE=1, or stop it first (make down)."
      : "The mesh runs with Consul's ACLs off: make up, or stop it first (make down).",
  );
}
