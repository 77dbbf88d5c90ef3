import type { BenchMesh } from '../harness/BenchMesh.ts';
import { Histogram } from '../harness/Histogram.ts';
import { cpuSecondsWithChildren } from '../harness/processUsage.ts';
import type { Case, Measurement } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import type { PacedLoad, PacedResult } from './pacedSender.ts';

/** Enough for the 99th percentile to be one of a steady state. */
const TIMES_AS_LONG = 2;

/**
 * From a tick's event until it is applied in memory, by analytics' own metrics, and until the acknowledgement that it is
 * committed, at half the rate that was reached. The sender is a process of the benchmark in trading's place, so that one
 * clock times both ends.
 */
export async function lateness(
  mesh: BenchMesh,
  ticksPerSecond: () => number,
  cleanup: AsyncDisposableStack,
): Promise<Case> {
  await mesh.allow('bench-client', 'analytics');
  const { worker } = await Worker.start<PacedLoad, PacedResult>(
    new URL('pacedSender.ts', import.meta.url),
    { env: mesh.environment },
    cleanup,
  );
  const turn = async (seconds: number): Promise<Measurement> => {
    const processes = {
      sender: worker.pid,
      receiver: await mesh.pid('analytics'),
      PostgreSQL: await mesh.pid('postgres'),
    };
    const usage = () => Object.values(processes).map(cpuSecondsWithChildren);
    const before = await applied(mesh);
    const [used, start] = [usage(), performance.now()];
    const load = { ticksPerSecond: ticksPerSecond(), seconds: seconds * TIMES_AS_LONG };
    const result = await worker.ask(load);
    const elapsed = (performance.now() - start) / 1_000;
    const cores = usage().map((cpuSeconds, i) => (cpuSeconds - (used[i] as number)) / elapsed);
    const delays = (await applied(mesh)).since(before);
    return {
      value: delays.quantile(0.99) * 1_000,
      errors: result.lost,
      extra: {
        'p50 ms': delays.quantile(0.5) * 1_000,
        'committed p50 ms': result.committedP50Ms,
        'committed p99 ms': result.committedP99Ms,
        'ticks/s': result.ticksPerSecond,
        ...Object.fromEntries(
          Object.keys(processes).map((name, i) => [`${name} cores`, cores[i] as number]),
        ),
      },
    };
  };
  return {
    title: 'market data, from event to applied in memory, at half the rate reached',
    unit: 'ms, 99th percentile',
    mostRounds: 3,
    contenders: [{ name: 'Weft', turn }],
  };
}

/** How late analytics has applied batches, counted from the event of each batch's first tick. */
async function applied(mesh: BenchMesh): Promise<Histogram> {
  return Histogram.read(await mesh.metrics('analytics'), 'weft_analytics_apply_lateness');
}
