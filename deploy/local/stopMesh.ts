import { setTimeout as delay } from 'node:timers/promises';
import { endMeshProcesses } from './host/meshProcesses.ts';
import { isAlive } from './host/procfs.ts';
import type { Progress } from './Progress.ts';
import type { Folders } from './settings/Folders.ts';
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
  if (supervisor !== undefined) await stopSupervisor(supervisor, progress);
  const rest = await endMeshProcesses(folders.home);
  for (const { pid, command } of rest) progress.report(`Ended what was left: ${pid} ${command}`);
  return supervisor !== undefined || rest.length > 0;
}

async function stopSupervisor(pid: number, { report }: Pick<Progress, 'report'>): Promise<void> {
  process.kill(pid, 'SIGTERM');
  const started = Date.now();
  let nextReport = started + reportEveryMs;
  while (await isAlive(pid)) {
    const now = Date.now();
    if (now - started > limitMs) return;
    if (now >= nextReport) {
      nextReport = now + reportEveryMs;
      report(`  Waiting until all have stopped (${Math.round((now - started) / 1000)} s)`);
    }
    await delay(50);
  }
}
