import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, listPids, marker, readCommand, readEnvironment } from '@weft/mesh/local';

export interface MeshProcess {
  readonly pid: number;
  readonly command: string;
}

/** The processes of the mesh in this folder, the supervisor included. Linux only: it reads /proc. */
export async function findMeshProcesses(home: string): Promise<MeshProcess[]> {
  const found: MeshProcess[] = [];
  for (const pid of await listPids()) {
    if (!(await readEnvironment(pid)).includes(`${marker}=${home}`)) continue;
    if (await isAlive(pid)) found.push({ pid, command: await readCommand(pid) });
  }
  return found;
}

/**
 * Ends the processes of the mesh in this folder, whoever started them.
 *
 * @param graceMs How long they may take after SIGTERM before SIGKILL, in milliseconds.
 * @returns those that were found.
 */
export async function endMeshProcesses(home: string, graceMs = 10_000): Promise<MeshProcess[]> {
  const found = await findMeshProcesses(home);
  await signalAll(found, 'SIGTERM');
  if (await allGone(home, graceMs)) return found;
  // One that was being started meanwhile is caught here as well.
  await signalAll(await findMeshProcesses(home), 'SIGKILL');
  if (await allGone(home, 5_000)) return found;
  const rest = await findMeshProcesses(home);
  throw new Error(`these processes do not end: ${rest.map(({ pid }) => pid).join(', ')}`);
}

async function signalAll(processes: readonly MeshProcess[], name: NodeJS.Signals): Promise<void> {
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

async function allGone(home: string, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs;
  while ((await findMeshProcesses(home)).length > 0) {
    if (Date.now() > end) return false;
    await delay(100);
  }
  return true;
}
