import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchMesh } from '../harness/BenchMesh.ts';
import type { Case, Contender, Measurement, Suite } from '../harness/Suite.ts';
import type { Load } from './drive.ts';
import type { UnaryPeer } from './UnaryPeer.ts';

const folder = fileURLToPath(new URL('peers/', import.meta.url));
const worker = fileURLToPath(new URL('worker.ts', import.meta.url));

const loads = [
  { title: 'unary, 1 in flight, 100 B', inFlight: 1, payloadBytes: 100 },
  { title: 'unary, 32 in flight, 100 B', inFlight: 32, payloadBytes: 100 },
  { title: 'unary, 1 in flight, 16 KB', inFlight: 1, payloadBytes: 16_384 },
  { title: 'unary, 32 in flight, 16 KB', inFlight: 32, payloadBytes: 16_384 },
];

/** Unary calls between two Node processes: each peer's server and client have one each. */
export const unary: Suite = {
  name: 'unary',

  async prepare({ mesh, peers: wanted, progress }, cleanup) {
    await mesh.allow('bench-client', 'bench-echo');
    // The first to start: its identity serves the peers that have none of their own.
    const files = readdirSync(folder).sort(
      (a, b) => Number(b === 'weft.ts') - Number(a === 'weft.ts'),
    );
    const chosen = files.filter(
      (file) => file === 'weft.ts' || !wanted || wanted.includes(file.replace('.ts', '')),
    );
    const clients: { name: string; client: ChildProcess }[] = [];
    for (const file of chosen) {
      progress(`starting ${file}`);
      const { peer } = (await import(join(folder, file))) as { peer: UnaryPeer };
      const environment = { ...mesh.environment, WEFT_BENCH_TLS: mesh.identity('bench-echo-1') };
      const server = await start('serve', join(folder, file), environment, cleanup);
      const client = await start(
        'connect',
        join(folder, file),
        { ...environment, WEFT_BENCH_ADDRESS: server.address },
        cleanup,
      );
      clients.push({ name: peer.name, client: client.process });
    }
    return loads.map(
      (load): Case => ({
        title: load.title,
        unit: 'calls/s',
        baseline: 'grpc-js, mTLS',
        contenders: clients.map(({ name, client }) => contender(name, client, load)),
      }),
    );
  },
};

function contender(name: string, client: ChildProcess, load: Omit<Load, 'seconds'>): Contender {
  return {
    name,
    async turn(seconds) {
      client.send({ ...load, seconds } satisfies Load);
      const [{ measurement }] = (await once(client, 'message')) as [{ measurement: Measurement }];
      return measurement;
    },
  };
}

/** Starts one side of a peer and waits until it is ready. */
async function start(
  role: 'serve' | 'connect',
  file: string,
  environment: BenchMesh['environment'],
  cleanup: AsyncDisposableStack,
): Promise<{ process: ChildProcess; address: string }> {
  const child = fork(worker, [role, file], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  cleanup.defer(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${role} ${file} ended with ${code} before it was ready`);
  });
  const [{ ready }] = (await Promise.race([once(child, 'message'), failed])) as [{ ready: string }];
  failed.catch(() => {});
  return { process: child, address: ready };
}
