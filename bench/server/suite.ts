import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EchoRequest } from '@weft/proto/bench/v1/echo';
import { childrenOf, cpuSecondsOf } from '../harness/processUsage.ts';
import type { Contender, Suite } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import { ghz } from '../programs/ghz.ts';
import { loadWithGhz } from './loadWithGhz.ts';

const IN_FLIGHT = 64;
const PAYLOAD_BYTES = 100;

const weft = new URL('../start/weft.ts', import.meta.url);
/** Servers, each called by a client that is not Node. */
const servers = [
  { name: 'Weft', script: weft, workers: 1 },
  { name: 'Weft, two workers', script: weft, workers: 2 },
  { name: 'grpc-js, mTLS', script: new URL('../start/grpcJs.ts', import.meta.url), workers: 1 },
  { name: 'node:http2 echo, mTLS', script: new URL('http2Echo.ts', import.meta.url), workers: 1 },
];

/** One server alone, under a load from ghz. */
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
    };
    const contenders: Contender[] = [];
    for (const { name, script, workers } of servers) {
      options.progress(`server: starting ${name}`);
      const { worker, ready: address } = await Worker.start<never, never, string>(
        script,
        { env: { ...env, WEFT_WORKERS: `${workers}`, WEFT_INSTANCE: `server-${workers}` } },
        cleanup,
      );
      const cpuSeconds = () => cpuSecondsOf([worker.pid, ...childrenOf(worker.pid)]);
      contenders.push({
        name,
        async turn(seconds) {
          const before = cpuSeconds();
          const load = { address, tls, request, inFlight: IN_FLIGHT, seconds };
          const measurement = await loadWithGhz(binary, load, options.signal);
          const used = cpuSeconds() - before;
          const calls = measurement.value * seconds;
          const extra = { ...measurement.extra, 'server CPU us/call': (used / calls) * 1_000_000 };
          return { ...measurement, extra };
        },
      });
    }
    const under = `${IN_FLIGHT} in flight from ghz, ${PAYLOAD_BYTES} B`;
    const [one, two, ...peers] = contenders as [Contender, Contender, ...Contender[]];
    const common = { unit: 'calls/s', warmUpSeconds: 4 };
    return [
      {
        ...common,
        title: `server alone, ${under}`,
        baseline: 'grpc-js, mTLS',
        contenders: [one, ...peers],
      },
      {
        ...common,
        title: `one worker and two, ${under}`,
        baseline: 'Weft',
        contenders: [one, two],
      },
    ];
  },
};
