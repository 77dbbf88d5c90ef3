/** The process of one side of one peer: `worker.ts serve|connect FILE`. */
import type { Measurement } from '../harness/Suite.ts';
import { serveParent } from '../harness/serveParent.ts';
import { drive, type Load } from './drive.ts';
import type { PeerEnvironment, UnaryPeer } from './UnaryPeer.ts';

const [role, file = ''] = process.argv.slice(2);
const { peer } = (await import(file)) as { peer: UnaryPeer };
const environment: PeerEnvironment = { tls: process.env.WEFT_BENCH_TLS ?? '' };

if (role === 'serve') {
  const { address } = await peer.serve(environment);
  serveParent(address, async () => undefined);
} else {
  const connected = await peer.connect(environment, process.env.WEFT_BENCH_ADDRESS ?? '');
  serveParent<Load, Measurement>(undefined, (load) => drive(connected, load));
}
