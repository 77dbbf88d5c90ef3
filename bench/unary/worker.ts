/** The process of one side of one peer: `worker.ts serve|connect FILE`, steered over Node's IPC. */
import { drive, type Load } from './drive.ts';
import type { PeerEnvironment, UnaryPeer } from './UnaryPeer.ts';

const [role, file = ''] = process.argv.slice(2);
const { peer } = (await import(file)) as { peer: UnaryPeer };
const environment: PeerEnvironment = { tls: process.env.WEFT_BENCH_TLS ?? '' };

process.on('disconnect', () => process.exit(0));
if (role === 'serve') {
  const served = await peer.serve(environment);
  process.send?.({ ready: served.address });
} else {
  const connected = await peer.connect(environment, process.env.WEFT_BENCH_ADDRESS ?? '');
  process.on('message', async (load: Load) => {
    process.send?.({ measurement: await drive(connected, load) });
  });
  process.send?.({ ready: '' });
}
