import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSecondsOf } from '../harness/processUsage.ts';
import type { Case, Measurement, Suite } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import type { Load } from './drive.ts';
import type { UnaryPeer } from './UnaryPeer.ts';

const folder = fileURLToPath(new URL('peers/', import.meta.url));
const script = new URL('worker.ts', import.meta.url);

/** Calls that one turn makes before the first is measured have to warm both sides' compiled code. */
const WARM_UP_SECONDS = 5;

const loads = [
  { title: 'unary, 1 in flight, 100 B', inFlight: 1, payloadBytes: 100 },
  { title: 'unary, 32 in flight, 100 B', inFlight: 32, payloadBytes: 100 },
  { title: 'unary, 1 in flight, 16 KB', inFlight: 1, payloadBytes: 16_384 },
  { title: 'unary, 32 in flight, 16 KB', inFlight: 32, payloadBytes: 16_384 },
];

/** Unary calls between two Node processes: each peer's server and client have one each. */
export const unary: Suite = {
  name: 'unary',

  async prepare({ mesh: startMesh, peers: wanted, progress, signal }, cleanup) {
    const mesh = await startMesh();
    await mesh.allow('bench-client', 'bench-echo');
    const shared = {
      ...mesh.environment,
      WEFT_BENCH_TLS: await mesh.newIdentity('bench-echo'),
    };
    const files = readdirSync(folder)
      .filter((file) => !wanted || wanted.includes(file.replace('.ts', '')))
      .sort((a, b) => Number(b === 'weft.ts') - Number(a === 'weft.ts'));
    const clients: { name: string; client: Worker<Load, Measurement>; pids: number[] }[] = [];
    for (const file of files) {
      progress(`unary: starting ${file}`);
      const path = join(folder, file);
      const { peer } = (await import(path)) as { peer: UnaryPeer };
      const own = await peer.prepare?.({ progress, signal }, cleanup);
      const environment = { ...shared, ...own };
      const { worker: server, ready: address } = await Worker.start<never, never, string>(
        script,
        { args: ['serve', path], env: environment },
        cleanup,
      );
      const { worker: client } = await Worker.start<Load, Measurement>(
        script,
        { args: ['connect', path], env: { ...environment, WEFT_BENCH_ADDRESS: address } },
        cleanup,
      );
      clients.push({ name: peer.name, client, pids: [client.pid, server.pid] });
    }
    return loads.map(
      ({ title, ...load }, index): Case => ({
        title,
        unit: 'calls/s',
        baseline: 'grpc-js, mTLS',
        ratios: ['Node CPU us'],
        ...(load.inFlight === 1 ? { added: ['p50 us'] } : {}),
        ...(index === 0 ? { warmUpSeconds: WARM_UP_SECONDS } : {}),
        contenders: clients.map(({ name, client, pids }) => ({
          name,
          async turn(seconds) {
            const before = cpuSecondsOf(pids);
            const measured = await client.ask({ ...load, seconds });
            const cpuSeconds = cpuSecondsOf(pids) - before;
            const extra = { 'Node CPU us': (cpuSeconds / (measured.value * seconds)) * 1e6 };
            return { ...measured, extra: { ...measured.extra, ...extra } };
          },
        })),
      }),
    );
  },
};
