import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../mesh/testing/eventually.ts';
import type { BenchMesh } from '../harness/BenchMesh.ts';
import { processUsage } from '../harness/processUsage.ts';
import type { Contender, Measurement, Suite } from '../harness/Suite.ts';
import { quantile } from '../harness/statistics.ts';
import { Worker } from '../harness/Worker.ts';
import { FeedMaker } from '../market/GeneratedFeed.ts';
import type { CrowdAnswer, CrowdAsk } from './Crowd.ts';
import type { Visit, Visited } from './guest.ts';

/** Of a visit, at least: with fewer calls there is no p99. */
const SECONDS = 10;
/** After a crowd has gone and the edge has closed its connections, until memory is looked at: services collect garbage. */
const SETTLE_SECONDS = 15;
const GONE_WITHIN_MS = 60_000;
/** File descriptors of the edge that may be more than before: what a mesh opens by itself. */
const SPARE_DESCRIPTORS = 20;

const crowds = [
  { name: '40,000 held watches', script: 'heldWatches.ts', size: 40_000 },
  { name: '10,000 idle sockets', script: 'idleSockets.ts', size: 10_000 },
  { name: 'costly posts, 16 at a time', script: 'costlyPosts.ts', size: 16 },
];

/** What one caller notices of a crowd at the edge, and what memory the crowd takes there and behind it. */
export const crowd: Suite = {
  name: 'crowd',
  services: ['analytics', 'trading'],

  async prepare({ mesh: startMesh, progress }, cleanup) {
    const mesh = await startMesh();
    const feeds = await FeedMaker.connect(mesh, cleanup);
    const feed = await feeds.start(100);
    const url = `${mesh.edge}/v1/assets/${feed.assetSymbol}/summary`;
    await eventually(async () => {
      const { status } = await fetch(url);
      if (status !== 200) throw new Error(`${url} answered ${status}`);
    }, 30_000);
    await feed.stop();
    const start = async <Ask, Answer>(script: string) =>
      (await Worker.start<Ask, Answer>(new URL(script, import.meta.url), {}, cleanup)).worker;
    const guest = await start<Visit, Visited>('guest.ts');
    const visit = (seconds: number) => guest.ask({ url, seconds: Math.max(SECONDS, seconds) });
    const contenders: Contender[] = [
      {
        name: 'nobody else',
        async turn(seconds) {
          const memory = await memoryOf(mesh);
          return measurement(await visit(seconds), [memory, memory, memory], undefined);
        },
      },
    ];
    for (const { name, script, size } of crowds) {
      const worker = await start<CrowdAsk, CrowdAnswer>(script);
      contenders.push({
        name,
        async turn(seconds) {
          const [before, descriptors] = [await memoryOf(mesh), openFiles(await mesh.edgePid())];
          progress(`crowd: ${name} are coming`);
          const { count } = await worker.ask({ edge: mesh.edge, size });
          progress(`crowd: ${count} are there`);
          const visited = await visit(seconds);
          const during = await memoryOf(mesh);
          const crowd = await worker.ask('go');
          const pid = await mesh.edgePid();
          await eventually(async () => {
            const open = openFiles(pid);
            if (open > descriptors + SPARE_DESCRIPTORS) throw new Error(`${open} files are open`);
          }, GONE_WITHIN_MS);
          await sleep(SETTLE_SECONDS * 1_000);
          return measurement(visited, [before, during, await memoryOf(mesh)], crowd);
        },
      });
    }
    return [
      {
        title: 'one caller beside a crowd at the edge',
        unit: 'p99 ms',
        baseline: 'nobody else',
        ratios: ['p50 ms'],
        mostRounds: 3,
        warmUpSeconds: 0,
        contenders,
      },
    ];
  },
};

/** In MB. */
interface Memory {
  readonly edge: number;
  /** Of it, what its allocator has given out. */
  readonly edgeInUse: number;
  readonly service: number;
}

async function memoryOf(mesh: BenchMesh): Promise<Memory> {
  const [edge, service] = [await mesh.edgePid(), await mesh.pid('analytics')];
  return {
    edge: processUsage(edge).residentMb,
    edgeInUse: await mesh.edgeInUseMb(),
    service: processUsage(service).residentMb,
  };
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function measurement(
  { latenciesMs, failed }: Visited,
  memory: readonly [before: Memory, during: Memory, after: Memory],
  crowd: CrowdAnswer | undefined,
): Measurement {
  const of = (name: string, part: keyof Memory) =>
    Object.fromEntries(
      ['before', 'during', 'after'].map((when, index) => [
        `${name} ${when}`,
        memory[index]?.[part] ?? 0,
      ]),
    );
  return {
    value: quantile(latenciesMs, 0.99),
    errors: failed,
    extra: {
      'p50 ms': quantile(latenciesMs, 0.5),
      ...(crowd && { 'of the crowd': crowd.count, 'failed of it': crowd.failed }),
      ...of('edge MB', 'edge'),
      ...of('edge MB in use', 'edgeInUse'),
      ...of('service MB', 'service'),
    },
  };
}
