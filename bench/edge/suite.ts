import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../mesh/testing/eventually.ts';
import type { Contender, Measurement, Suite } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import { FeedMaker } from '../market/GeneratedFeed.ts';
import type { EdgeLoad } from './client.ts';
import type { EdgePeer } from './EdgePeer.ts';

const folder = fileURLToPath(new URL('peers/', import.meta.url));
const IN_FLIGHT = 32;

/** REST in front of the analytics service: `GET /v1/assets/SYMBOL/summary`. */
export const edge: Suite = {
  name: 'edge',
  services: ['analytics', 'trading'],

  async prepare({ mesh: startMesh, peers, progress, signal }, cleanup) {
    const mesh = await startMesh();
    await mesh.allow('bench-client', 'analytics');
    const feeds = await FeedMaker.connect(mesh, cleanup);
    const feed = await feeds.start(100);
    const path = `/v1/assets/${feed.assetSymbol}/summary`;
    await eventually(async () => {
      const { status } = await fetch(mesh.edge + path);
      if (status !== 200) throw new Error(`${path} answered ${status}`);
    }, 30_000);
    await feed.stop();

    const [backend] = await mesh.addresses('analytics');
    if (backend === undefined) throw new Error('analytics does not run');
    const tls = await mesh.newIdentity('bench-client');
    const { worker } = await Worker.start<EdgeLoad, Measurement>(
      new URL('client.ts', import.meta.url),
      {},
      cleanup,
    );
    const contenders: Contender[] = [];
    for (const file of readdirSync(folder)) {
      if (peers && !peers.includes(file.replace('.ts', ''))) continue;
      progress(`edge: starting ${file}`);
      const { peer } = (await import(join(folder, file))) as { peer: EdgePeer };
      const { url, pid } = await peer.start({ mesh, backend, tls, progress, signal }, cleanup);
      contenders.push({
        name: peer.name,
        turn: (seconds) =>
          worker.ask({
            url: url + path,
            mustHold: feed.assetSymbol,
            pid,
            inFlight: IN_FLIGHT,
            seconds,
          }),
      });
    }
    const unit = 'requests per CPU second of the edge';
    const sizes = contenders.filter(({ name }) => name.startsWith('Weft'));
    return [
      {
        title: `REST edge, ${IN_FLIGHT} requests in flight, the same service behind`,
        ...{ unit, baseline: 'Fastify and grpc-js', contenders },
      },
      ...(sizes.length > 1
        ? [
            {
              title: 'REST edge, contracts of two sizes',
              ...{ unit, baseline: sizes[0]?.name ?? '', contenders: sizes },
            },
          ]
        : []),
    ];
  },
};
