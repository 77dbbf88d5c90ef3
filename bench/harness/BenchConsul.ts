import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPrograms } from '../../deploy/local/programs/installPrograms.ts';
import { ConsulClient } from '../../mesh/consul/index.ts';
import { freePort } from '../../mesh/runtime/server/freePort.ts';
import { eventually } from '../../mesh/testing/eventually.ts';
import type { SuiteOptions } from './Suite.ts';
import { startProgram } from './startProgram.ts';

/** A Consul agent of a suite's own, in memory, with certificates and xDS for sidecars. */
export interface BenchConsul {
  readonly client: ConsulClient;
  /** Path of its binary. */
  readonly binary: string;
  /** Where sidecars find its xDS, such as "127.0.0.1:8502". */
  readonly grpcAddress: string;
  /** Folder for files that go with it. */
  readonly folder: string;
}

/** Starts it and waits until it answers. */
export async function startConsul(
  { progress, signal }: Pick<SuiteOptions, 'progress' | 'signal'>,
  cleanup: AsyncDisposableStack,
): Promise<BenchConsul> {
  const { consul: binary } = await installPrograms({ report: progress, signal }, ['consul']);
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-consul-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const [http, server, serf, grpc] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const closed = ['dns', 'grpc-tls', 'serf-wan'].map((name) => `-${name}-port=-1`);
  await startProgram(
    [
      ...[binary, 'agent', '-dev', '-bind=127.0.0.1', '-log-level=error', ...closed],
      ...[`-http-port=${http}`, `-server-port=${server}`, `-serf-lan-port=${serf}`],
      `-grpc-port=${grpc}`,
      // As the mesh's own Consul has it: all blocking queries come from one address here.
      ...['-hcl', 'limits { http_max_conns_per_client = 4000 }'],
    ],
    { cwd: folder, log: join(folder, 'consul.log') },
    cleanup,
  );
  const client = new ConsulClient({ address: `http://127.0.0.1:${http}`, token: '' });
  await eventually(() => client.read('/connect/ca/roots'), 30_000);
  return { client, binary, grpcAddress: `127.0.0.1:${grpc}`, folder };
}
