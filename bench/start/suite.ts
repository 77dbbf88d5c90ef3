import { setTimeout as sleep } from 'node:timers/promises';
import { processUsage } from '../harness/processUsage.ts';
import type { Contender, Measurement, Suite } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import { drive } from '../unary/drive.ts';
import { peer as plain } from '../unary/peers/grpcJs.ts';
import { meshStart } from './meshStart.ts';

/** Garbage of the start is gone by then. */
const REST_MS = 1_000;

/** How fast a service is there, and how much memory it takes. */
export const start: Suite = {
  name: 'start',
  services: ['analytics'],

  async prepare(options, cleanup) {
    const mesh = await options.mesh();
    await mesh.allow('bench-client', 'bench-echo');
    const [server, client] = [
      await mesh.newIdentity('bench-echo'),
      await mesh.newIdentity('bench-client'),
    ];
    const databaseUrl = mesh.databaseUrl('analytics');
    let instances = 0;

    /** Starts a service, loads it for a while from here, and kills it. */
    const turn = async (script: string, seconds: number): Promise<Measurement> => {
      instances++;
      const env = {
        ...mesh.environment,
        WEFT_BENCH_TLS: server,
        WEFT_INSTANCE: `start-${instances}`,
        DATABASE_URL: databaseUrl,
      };
      const begun = performance.now();
      const { worker, ready: address } = await Worker.start<never, never, string>(
        new URL(script, import.meta.url),
        { env },
        cleanup,
      );
      const readyMs = performance.now() - begun;
      await sleep(REST_MS);
      const atRest = processUsage(worker.pid).residentMb;
      const connected = await plain.connect({ tls: client }, address);
      const { errors } = await drive(connected, { inFlight: 32, payloadBytes: 100, seconds });
      const loaded = processUsage(worker.pid).residentMb;
      await connected.close();
      await worker.kill();
      return {
        value: readyMs,
        errors,
        extra: { 'MB at rest': atRest, 'MB under load': loaded },
      };
    };
    const contender = (name: string, script: string): Contender => ({
      name,
      turn: (seconds) => turn(script, seconds),
    });
    /** The same, with what is added by an engine. */
    const surcharge = (name: string, script: string): Contender => ({
      name,
      async turn(seconds) {
        const { extra, ...measured } = await turn(script, seconds);
        return { ...measured, extra: { 'start ms': measured.value, ...extra } };
      },
    });
    return [
      {
        title: 'start of a service, from the start of its process until it takes calls',
        unit: 'ms',
        baseline: 'grpc-js, mTLS',
        ratios: ['MB at rest', 'MB under load'],
        contenders: [contender('Weft', 'weft.ts'), contender('grpc-js, mTLS', 'grpcJs.ts')],
      },
      {
        title: 'surcharge of an engine: the same start of a service that uses it',
        unit: 'ms',
        baseline: 'Weft',
        added: ['start ms', 'MB at rest', 'MB under load'],
        contenders: [
          surcharge('Weft', 'weft.ts'),
          surcharge('Weft, with PostgreSQL', 'weftDatabase.ts'),
        ],
      },
      await meshStart(options, cleanup),
    ];
  },
};
