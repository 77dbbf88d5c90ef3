import { table } from '../output/table.ts';
import type { ProcessStatus } from './readLocalProcesses.ts';

/** What runs on this machine and what memory it takes; the last line is the sum. */
export function formatProcesses(processes: readonly ProcessStatus[]): string {
  const sum = processes.reduce((total, { memory }) => total + (memory?.bytes ?? 0), 0);
  return table(
    ['PROCESS HERE', 'PID', 'PROCESSES', 'MEMORY', 'WHERE'],
    [
      ...processes.map(({ name, where, memory }) =>
        memory
          ? [name, String(memory.pid), String(memory.processes), size(memory.bytes), where]
          : [name, '-', '-', 'not running', where],
      ),
      ['all of them', '', '', size(sum)],
    ],
  );
}

/** Such as "84 MB". */
function size(bytes: number | undefined): string {
  return bytes === undefined ? 'unknown' : `${Math.round(bytes / 1_000_000)} MB`;
}
