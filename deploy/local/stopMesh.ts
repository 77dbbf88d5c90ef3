import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '@weft/mesh/local';
import { endMeshProcesses } from './host/meshProcesses.ts';
import type { Progress } from './Progress.ts';
import type { Folders } from './settings/Folders.ts';
import { readRecord } from './settings/meshRecord.ts';
import { groups } from './supervisor/ProcessSpec.ts';
import { Supervisor } from './supervisor/Supervisor.ts';

/** Longest that the supervisor may take to stop all others, in milliseconds. */
const limitMs = 120_000;
const reportEveryMs = 2_000;

/**
 * Stops all processes of the mesh in a folder, the edge first and Consul and PostgreSQL last. Whatever is
 * left then, or was left by a supervisor that was killed, is ended too. Needs none of the programs.
 *
 * @returns whether anything was running.
 */
export async function stopMesh(
  folders: Folders,
  progress: Pick<Progress, 'report'>,
): Promise<boolean> {
  const supervisor = await Supervisor.pid(folders);
  if (supervisor !== undefined) {
    const started = Date.now();
    const reporting = setInterval(() => {
      const seconds = Math.round((Date.now() - started) / 1000);
      progress.report(`  Waiting until all have stopped (${seconds} s)`);
    }, reportEveryMs);
    try {
      await stopInOrder(folders).catch(({ message }: Error) => progress.report(`  ${message}`));
      await stopSupervisor(supervisor);
    } finally {
      clearInterval(reporting);
    }
  }
  const rest = await endMeshProcesses(folders.home);
  for (const { pid, command } of rest) progress.report(`Ended what was left: ${pid} ${command}`);
  return supervisor !== undefined || rest.length > 0;
}

/** By itself the supervisor stops one process after the other. */
async function stopInOrder(folders: Folders): Promise<void> {
  const { processes, binaries } = (await readRecord(folders)) ?? {};
  if (!processes || !binaries || !existsSync(folders.supervisorSocket)) return;
  const supervisor = new Supervisor(folders, binaries.supervisord);
  for (const stage of groups.toReversed()) {
    const members = processes.filter(({ group }) => group === stage);
    await supervisor.stop(members.map(({ name }) => name));
  }
}

async function stopSupervisor(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  const end = Date.now() + limitMs;
  while ((await isAlive(pid)) && Date.now() < end) await delay(50);
}
