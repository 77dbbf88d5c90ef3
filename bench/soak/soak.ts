import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askHeap, probeEnvironment } from '../../mesh/control/testing/askHeap.ts';
import { eventually } from '../../mesh/testing/eventually.ts';
import { describeMachine } from '../harness/describeMachine.ts';
import { Worker } from '../harness/Worker.ts';
import { Churn, startInstance, VERSIONS } from './Churn.ts';
import type { SoakOrder } from './client.ts';
import { MemoryLog } from './MemoryLog.ts';
import { startEdge } from './SoakEdge.ts';
import { type SoakMesh, startMesh } from './SoakMesh.ts';
import { formatCounts, formatTally, type SoakReport } from './SoakReport.ts';
import { SteadyCalls, type Tally } from './SteadyCalls.ts';

export interface SoakOptions {
  readonly minutes: number;
  /** Calls a second in the mesh; through the edge come half as many. */
  readonly rate: number;
  /** Says on the terminal what goes on. */
  readonly tell: (text: string) => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

const ALLOW = { SourceType: 'consul', Action: 'allow' };
const CALLERS = ['bench-client', 'gateway'];
const LONGEST_WARM_UP_SECONDS = 180;
const TOLD_EVERY_SECONDS = 30;
/** A full collection stops a process for a moment. */
const HEAPS_EVERY_SECONDS = 5;

/**
 * In MB. After a burst V8 gives the young generation up to 64 MB and keeps their pages: an RSS that depends on how many bursts
 * there were, in which what is never let go of would not be seen.
 */
const YOUNG_GENERATION = '--max-semi-space-size=2';

type Client = Worker<SoakOrder, Tally>;

/**
 * Runs a mesh under a steady load of idempotent calls while its instances and entries change all the time.
 *
 * @throws the signal's reason, or Error when a process that should go on has ended.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { minutes, rate, tell, signal } = options;
  const seconds = Math.round(minutes * 60);
  const warmUpSeconds = Math.min(LONGEST_WARM_UP_SECONDS, Math.round(seconds / 3));
  await using cleanup = new AsyncDisposableStack();
  const probes = await mkdtemp(join(tmpdir(), 'weft-soak-'));
  cleanup.defer(() => rm(probes, { recursive: true, force: true }));
  // All that is started from here on has a probe, and a young generation that does not grow.
  const probe = probeEnvironment(probes);
  Object.assign(process.env, probe, { NODE_OPTIONS: `${probe.NODE_OPTIONS} ${YOUNG_GENERATION}` });
  // A full collection stops a server for a moment, which it would take for overload.
  process.env.WEFT_SHED_AFTER_MS = '0';

  const progress = (text: string) => tell(`  ${text}`);
  const mesh = await startMesh(progress, signal, cleanup);
  for (const caller of CALLERS) {
    const pair = `source=${caller}&destination=bench-echo`;
    await mesh.consul.write(`/connect/intentions/exact?${pair}`, ALLOW);
  }
  const { processes, client } = await startPeers(mesh, cleanup);
  const edge = await startEdge(mesh, progress, signal, cleanup);
  await eventually(() => edge.call(1), 30_000);
  const withProbes = processes.map(({ name, pid }) => ({
    ...{ name, pid },
    heapMb: () => askHeap(probes, pid),
  }));
  const memory = new MemoryLog([...withProbes, edge.subject]);
  tell(`Calling ${rate} times a second for ${minutes} minutes, and half as often through the edge`);
  await client.ask({ callsPerSecond: rate });
  const outside = new SteadyCalls(rate / 2, (number) => edge.call(number));
  cleanup.defer(() => outside.stop());
  const churn = await Churn.start(mesh.consul, mesh.environment);
  cleanup.defer(() => churn.stop());

  const begun = performance.now();
  const tallies = async (order: 'tell' | 'end') => ({
    'in the mesh': await client.ask(order),
    'through the edge': outside.tally,
  });
  const told = new Set<string>();
  let [second, heapsAt, tellAt] = [0, 0, TOLD_EVERY_SECONDS];
  while (second < seconds) {
    await Promise.race([sleep(1_000, undefined, { signal }), churn.failed]);
    second = (performance.now() - begun) / 1_000;
    memory.sampleRss(second);
    if (second >= heapsAt) {
      await memory.sampleHeaps(second);
      heapsAt = second + HEAPS_EVERY_SECONDS;
    }
    if (second < tellAt) continue;
    tellAt += TOLD_EVERY_SECONDS;
    const calls = await tallies('tell');
    for (const failure of Object.values(calls).flatMap(({ failures }) => failures)) {
      if (!told.has(failure)) tell(`  ${failure}`);
      told.add(failure);
    }
    const counts = [...Object.entries(calls).map(formatTally), formatCounts(churn.done)];
    tell(`${Math.round(second)} s: ${counts.join('; ')}; MB: ${memory.latest()}`);
  }
  await outside.stop();
  await churn.stop();
  return {
    machine: describeMachine(),
    minutes,
    warmUpSeconds,
    calls: await tallies('end'),
    memory: memory.trends(warmUpSeconds, second, Math.min(TOLD_EVERY_SECONDS, warmUpSeconds)),
    churn: churn.done,
  };
}

/** A caller, and of each version an instance that stays: those whose memory is followed. */
async function startPeers(
  { environment: env, controlPlanes }: SoakMesh,
  cleanup: AsyncDisposableStack,
): Promise<{ processes: { name: string; pid: number }[]; client: Client }> {
  const processes = [
    { name: 'control plane', pid: controlPlanes[0] },
    { name: 'its replica', pid: controlPlanes[1] },
  ];
  for (const version of VERSIONS) {
    const { pid } = await startInstance(`${version}-staying`, version, env, cleanup);
    processes.push({ name: `server ${version}`, pid });
  }
  const script = new URL('client.ts', import.meta.url);
  const { worker: client } = await Worker.start<SoakOrder, Tally>(script, { env }, cleanup);
  processes.push({ name: 'client', pid: client.pid });
  return { processes, client };
}
