import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine } from '../harness/describeMachine.ts';
import { Worker } from '../harness/Worker.ts';
import { PROBES_VARIABLE } from './askHeap.ts';
import { Churn, startInstance, VERSIONS } from './Churn.ts';
import type { SoakOrder } from './client.ts';
import { MemoryLog, type Subject } from './MemoryLog.ts';
import { type SoakMesh, startMesh } from './SoakMesh.ts';
import { formatCounts, type SoakReport } from './SoakReport.ts';
import type { Tally } from './SteadyCalls.ts';

export interface SoakOptions {
  readonly minutes: number;
  /** Calls a second in the mesh. */
  readonly rate: number;
  /** Says on the terminal what goes on. */
  readonly tell: (text: string) => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

const INTENTION = '/connect/intentions/exact?source=bench-client&destination=bench-echo';
const LONGEST_WARM_UP_SECONDS = 180;
const TOLD_EVERY_SECONDS = 30;
/** A full collection stops a process for a moment. */
const HEAPS_EVERY_SECONDS = 5;

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
  // All that is started from here on has a probe.
  const probe = new URL('heapProbe.ts', import.meta.url).href;
  process.env[PROBES_VARIABLE] = probes;
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${probe}`;
  // A full collection stops a server for a moment, which it would take for overload.
  process.env.WEFT_SHED_AFTER_MS = '0';

  const mesh = await startMesh((text) => tell(`  ${text}`), signal, cleanup);
  await mesh.consul.write(INTENTION, { SourceType: 'consul', Action: 'allow' });
  const { subjects, client } = await startPeers(mesh, cleanup);
  const memory = new MemoryLog(subjects, probes);
  tell(`Calling ${rate} times a second for ${minutes} minutes`);
  await client.ask({ callsPerSecond: rate });
  const churn = await Churn.start(mesh.consul, mesh.environment);
  cleanup.defer(() => churn.stop());

  const begun = performance.now();
  let [second, heapsAt, tellAt, told] = [0, 0, TOLD_EVERY_SECONDS, 0];
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
    const { calls, failed, failures } = await client.ask('tell');
    for (const failure of failures.slice(told)) tell(`  ${failure}`);
    told = failures.length;
    tell(
      `${Math.round(second)} s: ${calls} calls, ${failed} failed; ${formatCounts(churn.done)}; ` +
        `MB: ${memory.latest()}`,
    );
  }
  await churn.stop();
  return {
    machine: describeMachine(),
    minutes,
    warmUpSeconds,
    calls: await client.ask('end'),
    memory: memory.trends(warmUpSeconds, second, Math.min(TOLD_EVERY_SECONDS, warmUpSeconds)),
    churn: churn.done,
  };
}

/** A caller, and of each version an instance that stays: those whose memory is followed. */
async function startPeers(
  { environment: env, controlPlanes }: SoakMesh,
  cleanup: AsyncDisposableStack,
): Promise<{ subjects: Subject[]; client: Client }> {
  const subjects: Subject[] = [
    { name: 'control plane', pid: controlPlanes[0] },
    { name: 'its replica', pid: controlPlanes[1] },
  ];
  for (const version of VERSIONS) {
    const { pid } = await startInstance(`${version}-staying`, version, env, cleanup);
    subjects.push({ name: `server ${version}`, pid });
  }
  const script = new URL('client.ts', import.meta.url);
  const { worker: client } = await Worker.start<SoakOrder, Tally>(script, { env }, cleanup);
  subjects.push({ name: 'client', pid: client.pid });
  return { subjects, client };
}
