import { readToWorker } from '../workers/messages.ts';
import type { WorkerSeat } from '../workers/WorkerSeat.ts';

/**
 * Calls back each time that this process is asked to stop: by SIGTERM or SIGINT, or if it is a worker, by its primary
 * alone. A signal that goes to a whole group of processes must not end workers before callers have been told.
 */
export function onStopRequest(
  seat: WorkerSeat | undefined,
  callback: (reason: string) => void,
): void {
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (!seat) callback(name);
    });
  }
  if (!seat) return;
  process.on('message', (message) => {
    if (readToWorker(message)?.weft === 'stop') callback('primary');
  });
}
