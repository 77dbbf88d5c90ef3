import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, Measurement, Suite, SuiteOptions } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import { startNats } from '../programs/nats.ts';
import { FeedMaker } from './GeneratedFeed.ts';
import { lateness } from './lateness.ts';
import { slowReceiver } from './slowReceiver.ts';
import type { TickPeer } from './TickPeer.ts';

const folder = fileURLToPath(new URL('peers/', import.meta.url));
const script = new URL('worker.ts', import.meta.url);

/** Weft's turns are longer than the others': commits to the database come in bursts. */
const TIMES_AS_LONG = 3;

/**
 * Ticks from the trading process to the analytics process: mTLS, applied to summary and candles, committed to
 * PostgreSQL together with their sequence numbers, acknowledged. Only acknowledged ticks count. The peers are given tick
 * by tick, send each as a message unless they batch by themselves, and only count them.
 */
export const market: Suite = {
  name: 'market',
  services: ['analytics', 'trading'],

  async prepare(options, cleanup) {
    const mesh = await options.mesh();
    const feeds = await FeedMaker.connect(mesh, cleanup);
    let reached = 0;
    const weft: Contender = {
      name: 'Weft, committed and acknowledged',
      async turn(seconds) {
        const feed = await feeds.start(0);
        const value = await feed.rate(seconds * TIMES_AS_LONG);
        reached = Math.max(reached, value);
        return { value, errors: await feed.stop() };
      },
    };
    return [
      {
        title: 'market data, from one process to another',
        unit: 'ticks/s',
        baseline: 'grpc-js stream, mTLS',
        contenders: [weft, ...(await startPeers(options, cleanup))],
      },
      await lateness(mesh, () => reached / 2, cleanup),
      slowReceiver(mesh, feeds),
    ];
  },
};

async function startPeers(
  options: SuiteOptions,
  cleanup: AsyncDisposableStack,
): Promise<Contender[]> {
  const mesh = await options.mesh();
  await mesh.allow('bench-client', 'bench-ticks');
  const tls = await mesh.newIdentity('bench-ticks');
  const env = {
    ...mesh.environment,
    WEFT_BENCH_TLS: tls,
    WEFT_BENCH_BROKER: await startNats(tls, options, cleanup),
  };
  const contenders: Contender[] = [];
  for (const file of readdirSync(folder)) {
    if (options.peers && !options.peers.includes(file.replace('.ts', ''))) continue;
    const path = join(folder, file);
    const { peer } = (await import(path)) as { peer: TickPeer };
    const { ready: address } = await Worker.start<never, never, string>(
      script,
      { args: ['receive', path], env },
      cleanup,
    );
    const { worker: sender } = await Worker.start<number, Measurement>(
      script,
      { args: ['send', path], env: { ...env, WEFT_BENCH_ADDRESS: address } },
      cleanup,
    );
    contenders.push({ name: peer.name, turn: (seconds) => sender.ask(seconds) });
  }
  return contenders;
}
