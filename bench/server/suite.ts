import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EchoRequest } from '@weft/proto/bench/v1/echo';
import { processUsage } from '../harness/processUsage.ts';
import type { Contender, Suite } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import { ghz } from '../programs/ghz.ts';
import { loadWithGhz } from './loadWithGhz.ts';

const IN_FLIGHT = 64;
const PAYLOAD_BYTES = 100;

/** Server processes, each called by a client that is not Node. */
const servers = [
  { name: 'Weft', script: new URL('../start/weft.ts', import.meta.url) },
  { name: 'grpc-js, mTLS', script: new URL('../start/grpcJs.ts', import.meta.url) },
  { name: 'node:http2 echo, mTLS', script: new URL('http2Echo.ts', import.meta.url) },
];

/** One server process alone, under a load from ghz. */
export const server: Suite = {
  name: 'server',

  async prepare(options, cleanup) {
    const mesh = await options.mesh();
    await mesh.allow('bench-client', 'bench-echo');
    const binary = await ghz(options);
    const tls = await mesh.newIdentity('bench-client');
    const request = join(tls, 'request.binpb');
    const payload = Buffer.alloc(PAYLOAD_BYTES, 7);
    await writeFile(request, EchoRequest.encode({ name: 'bench', number: 1, payload }).finish());
    const env = {
      ...mesh.environment,
      WEFT_BENCH_TLS: await mesh.newIdentity('bench-echo'),
      WEFT_INSTANCE: 'server',
    };
    const contenders: Contender[] = [];
    for (const { name, script } of servers) {
      options.progress(`server: starting ${name}`);
      const { worker, ready: address } = await Worker.start<never, never, string>(
        script,
        { env },
        cleanup,
      );
      contenders.push({
        name,
        async turn(seconds) {
          const before = processUsage(worker.pid).cpuSeconds;
          const load = { address, tls, request, inFlight: IN_FLIGHT, seconds };
          const measurement = await loadWithGhz(binary, load, options.signal);
          const used = processUsage(worker.pid).cpuSeconds - before;
          const calls = measurement.value * seconds;
          const extra = { ...measurement.extra, 'server CPU us/call': (used / calls) * 1_000_000 };
          return { ...measurement, extra };
        },
      });
    }
    return [
      {
        title: `server alone, ${IN_FLIGHT} in flight from ghz, ${PAYLOAD_BYTES} B`,
        unit: 'calls/s',
        baseline: 'grpc-js, mTLS',
        warmUpSeconds: 4,
        contenders,
      },
    ];
  },
};
