import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchMesh } from '../harness/BenchMesh.ts';
import { processUsage } from '../harness/processUsage.ts';
import type { Case, Measurement } from '../harness/Suite.ts';
import type { FeedMaker } from './GeneratedFeed.ts';

/** Long enough for memory that grows to be seen. */
const TIMES_AS_LONG = 4;
/** The slow receiver stands still for nine tenths of this. */
const PERIOD_MS = 100;
const STILL_MS = 90;

/** A receiver that is too slow: its sender slows down, and no memory grows on either side. */
export function slowReceiver(mesh: BenchMesh, feeds: FeedMaker): Case {
  const turn = async (seconds: number, isSlow: boolean): Promise<Measurement> => {
    const [sender, receiver] = [await mesh.pid('trading'), await mesh.pid('analytics')];
    const feed = await feeds.start(0);
    const ending = new AbortController();
    const slowing = isSlow ? holdBack(receiver, ending.signal) : Promise.resolve();
    try {
      // Buffers are full by then.
      await sleep(1_000);
      const before = [processUsage(sender).residentMb, processUsage(receiver).residentMb] as const;
      const value = await feed.rate(seconds * TIMES_AS_LONG);
      const after = [processUsage(sender).residentMb, processUsage(receiver).residentMb] as const;
      return {
        value,
        errors: 0,
        extra: {
          'sender MB': before[0],
          'sender MB at the end': after[0],
          'receiver MB': before[1],
          'receiver MB at the end': after[1],
        },
      };
    } finally {
      ending.abort();
      await slowing;
      await feed.stop();
    }
  };
  return {
    title: 'market data, with a receiver that stands still nine tenths of the time',
    unit: 'ticks/s',
    baseline: 'Weft',
    mostRounds: 2,
    warmUpSeconds: 0,
    contenders: [
      { name: 'Weft', turn: (seconds) => turn(seconds, false) },
      { name: 'Weft, slow receiver', turn: (seconds) => turn(seconds, true) },
    ],
  };
}

/** Lets a process run a tenth of the time. */
async function holdBack(pid: number, signal: AbortSignal): Promise<void> {
  try {
    while (!signal.aborted) {
      process.kill(pid, 'SIGSTOP');
      await sleep(STILL_MS);
      process.kill(pid, 'SIGCONT');
      await sleep(PERIOD_MS - STILL_MS);
    }
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
