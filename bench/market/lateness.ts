import type { BenchMesh } from '../harness/BenchMesh.ts';
import type { Case, Measurement } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import type { PacedLoad } from './pacedSender.ts';

/** Enough for the 99th percentile to be one of a steady state. */
const TIMES_AS_LONG = 2;

/**
 * From a tick's event to the acknowledgement that it is committed, at half the rate that was reached. The sender is a
 * process of the benchmark in trading's place, so that one clock times both ends.
 */
export async function lateness(
  mesh: BenchMesh,
  ticksPerSecond: () => number,
  cleanup: AsyncDisposableStack,
): Promise<Case> {
  await mesh.allow('bench-client', 'analytics');
  const { worker } = await Worker.start<PacedLoad, Measurement>(
    new URL('pacedSender.ts', import.meta.url),
    { env: mesh.environment },
    cleanup,
  );
  return {
    title: 'market data, from event to committed and acknowledged, at half the rate reached',
    unit: 'ms, 99th percentile',
    contenders: [
      {
        name: 'Weft',
        turn: (seconds) =>
          worker.ask({ ticksPerSecond: ticksPerSecond(), seconds: seconds * TIMES_AS_LONG }),
      },
    ],
  };
}
