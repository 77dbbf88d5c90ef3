import type { BenchMesh } from '../harness/BenchMesh.ts';
import type { Case, Measurement } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import type { PacedLoad } from './pacedSender.ts';

/** Enough for the 99th percentile to be one of a steady state. */
const TIMES_AS_LONG = 2;
/** Of a tick, from its event until it is applied in memory. One of the bounds of analytics' own histogram. */
const AIM_SECONDS = 0.01;

/**
 * From a tick's event to the acknowledgement that it is committed, at half the rate that was reached; and the share of
 * batches whose first tick was applied in memory in time, which needs no commit, by analytics' own metrics. The sender
 * is a process of the benchmark in trading's place, so that one clock times both ends.
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
        async turn(seconds) {
          const before = applied(await mesh.metrics('analytics'));
          const load = { ticksPerSecond: ticksPerSecond(), seconds: seconds * TIMES_AS_LONG };
          const measurement = await worker.ask(load);
          const after = applied(await mesh.metrics('analytics'));
          const share = (after.inTime - before.inTime) / (after.all - before.all);
          const key = `% applied within ${AIM_SECONDS * 1_000} ms`;
          return { ...measurement, extra: { ...measurement.extra, [key]: share * 100 } };
        },
      },
    ],
  };
}

/** Batches that analytics has applied so far. */
function applied(metrics: string): { readonly inTime: number; readonly all: number } {
  const sample = (pattern: string) =>
    Number(
      new RegExp(`^weft_analytics_apply_lateness_${pattern} (\\d+)$`, 'm').exec(metrics)?.[1] ?? 0,
    );
  return { inTime: sample(`bucket\\{.*le="${AIM_SECONDS}".*\\}`), all: sample('count\\{.*\\}') };
}
