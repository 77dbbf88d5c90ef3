import { processUsage } from '../harness/processUsage.ts';
import type { Contender, Suite } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import { FeedMaker } from '../market/GeneratedFeed.ts';
import type { Watched, Watching } from './subscribers.ts';

const SUBSCRIBERS = 1_000;
/** Each change of a summary is one update: with few, all reach everybody; with many, each gets the newest. */
const CHANGES_PER_SECOND = [5, 100];

/** One asset watched through the edge by many. */
export const watch: Suite = {
  name: 'watch',
  services: ['analytics', 'trading'],

  async prepare({ mesh: startMesh }, cleanup) {
    const mesh = await startMesh();
    const feeds = await FeedMaker.connect(mesh, cleanup);
    const { worker } = await Worker.start<Watching, Watched>(
      new URL('subscribers.ts', import.meta.url),
      {},
      cleanup,
    );
    const contender = (changesPerSecond: number): Contender => ({
      name: `Weft, ${changesPerSecond} changes/s`,
      async turn(seconds) {
        const [analytics, gateway] = [await mesh.pid('analytics'), await mesh.edgePid()];
        const feed = await feeds.start(changesPerSecond);
        const url = `${mesh.edge}/v1/assets/${feed.assetSymbol}:watch`;
        const pids = [analytics, gateway];
        const watched = await worker.ask({ url, subscribers: SUBSCRIBERS, seconds, pids });
        const { delivered, cpuSeconds } = watched;
        const [serviceMicros, edgeMicros] = cpuSeconds.map(
          (used) => (used / delivered) * 1_000_000,
        );
        const extra = {
          'each got/s': delivered / (SUBSCRIBERS - 1) / watched.seconds,
          'service CPU us/update': serviceMicros ?? 0,
          'edge CPU us/update': edgeMicros ?? 0,
          'slow one got': watched.slowGot,
          'slow one up to date after ms': watched.slowBehindMs,
          'service MB': processUsage(analytics).residentMb,
          'edge MB': processUsage(gateway).residentMb,
        };
        const errors = watched.errors + (await feed.stop());
        return { value: delivered / watched.seconds, errors, extra };
      },
    });
    return [
      {
        title: `watching, ${SUBSCRIBERS} subscribers to one asset through the edge`,
        unit: 'updates/s',
        mostRounds: 3,
        contenders: CHANGES_PER_SECOND.map(contender),
      },
    ];
  },
};
