/**
 * A worker without a mesh, for tests of WorkerPool. POOL_WORKER: `sound`, `frail` (dies as soon as it serves) or
 * `stillborn` (dies before). Run by itself it is the primary process of a pool, and tells its parent when that serves.
 */
import { ServingState } from '../health/ServingState.ts';
import { readToWorker } from '../workers/messages.ts';
import { WorkerPool } from '../workers/WorkerPool.ts';
import { ownSeat } from '../workers/WorkerSeat.ts';
import { memoryLogger } from './memoryLogger.ts';

const seat = ownSeat();
if (seat) {
  process.on('message', (heard) => {
    const message = readToWorker(heard);
    if (message?.weft === 'stop') process.exit(0);
    if (message?.weft !== 'scrape') return;
    const text = `# TYPE up gauge\nup{worker="${seat.number}",pid="${process.pid}"} 1\n`;
    process.send?.({ weft: 'metrics', id: message.id, text });
  });
  if (process.env.POOL_WORKER === 'stillborn') process.exit(3);
  process.send?.({ weft: 'serving', services: ['a.A'] }, () => {
    if (process.env.POOL_WORKER === 'frail') process.exit(4);
  });
} else {
  process.on('disconnect', () => process.exit());
  const pool = new WorkerPool({
    ...{ count: 2, port: 1, adminPort: 2, state: new ServingState(), log: memoryLogger([]) },
    ...{ onChange: () => {}, onFailure: undefined },
  });
  await pool.start(new AbortController().signal);
  process.send?.(await pool.metrics(''));
}
