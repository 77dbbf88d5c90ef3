/** The process of one side of one peer: `worker.ts receive|send FILE`. */
import type { StreamTicksRequest } from '@weft/proto/bench/v1/ticks';
import type { Measurement } from '../harness/Suite.ts';
import { serveParent } from '../harness/serveParent.ts';
import type { TickEnvironment, TickPeer } from './TickPeer.ts';

const [role, file = ''] = process.argv.slice(2);
const { peer } = (await import(file)) as { peer: TickPeer };
const { WEFT_BENCH_TLS: tls = '', WEFT_BENCH_BROKER: broker = '' } = process.env;
const environment: TickEnvironment = { tls, broker };

/** Looking at the clock for each tick would cost more than the tick. */
const TICKS_PER_LOOK = 100;

function* ticks(seconds: number, sent: { count: number }): Generator<StreamTicksRequest> {
  const end = performance.now() + seconds * 1_000;
  let eventTimeUs = Date.now() * 1_000;
  for (let sequence = 1; ; sequence++) {
    if (sequence % TICKS_PER_LOOK === 0) {
      if (performance.now() >= end) return;
      eventTimeUs = Date.now() * 1_000;
    }
    sent.count = sequence;
    const price = 100 + (sequence % 1_000) / 100;
    yield { assetSymbol: 'BENCH1', price, size: (sequence % 100) + 1, eventTimeUs, sequence };
  }
}

if (role === 'receive') {
  serveParent(await peer.receive(environment), async () => undefined);
} else {
  const sender = await peer.connect(environment, process.env.WEFT_BENCH_ADDRESS ?? '');
  serveParent<number, Measurement>(undefined, async (seconds) => {
    const sent = { count: 0 };
    const begun = performance.now();
    const received = await sender.send(ticks(seconds, sent));
    const elapsed = (performance.now() - begun) / 1_000;
    return { value: received / elapsed, errors: Math.abs(sent.count - received) };
  });
}
