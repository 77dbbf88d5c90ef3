import { askHttp } from '../../deploy/local/setup/askHttp.ts';
import { freePort } from '../../mesh/runtime/server/freePort.ts';
import { processUsage } from '../harness/processUsage.ts';
import type { Case, Contender, Measurement } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import type { Load } from '../unary/drive.ts';
import type { LogRig } from './LogRig.ts';

const IN_FLIGHT = 32;
const PAYLOAD_BYTES = 100;
const OFF = 'to standard output';
/** One line in so many calls. */
const EVERY = [100, 1];

/** Calls of a service that logs, whose log goes to logging too, beside the same one whose log does not. */
export async function shippedCalls(
  { environment }: LogRig,
  signal: AbortSignal,
  cleanup: AsyncDisposableStack,
): Promise<Case[]> {
  const off = await pair(environment, 'off', {}, signal, cleanup);
  const on = await pair(environment, 'on', { WEFT_LOGS_TO: 'mesh' }, signal, cleanup);
  return EVERY.map((every) => ({
    title: `calls of a service that logs ${every === 1 ? 'each' : `one in ${every}`}, ${IN_FLIGHT} in flight, ${PAYLOAD_BYTES} B`,
    unit: 'calls/s',
    baseline: OFF,
    ratios: ['server CPU us'],
    warmUpSeconds: 5,
    contenders: [contender(OFF, off, every), contender('to logging, too', on, every)],
  }));
}

interface Pair {
  readonly server: Worker<number, void>;
  readonly client: Worker<Load, Measurement>;
  /** Lines of the server that had no room so far. */
  readonly dropped: () => Promise<number>;
}

/** A server and its client, who keep to each other by their zone. */
async function pair(
  environment: Readonly<Record<string, string>>,
  zone: string,
  more: Readonly<Record<string, string>>,
  signal: AbortSignal,
  cleanup: AsyncDisposableStack,
): Promise<Pair> {
  const adminPort = String(await freePort());
  const env = { ...environment, WEFT_ZONE: zone, WEFT_INSTANCE: zone };
  const { worker: server } = await Worker.start<number, void>(
    new URL('server.ts', import.meta.url),
    { env: { ...env, ...more, WEFT_ADMIN_PORT: adminPort } },
    cleanup,
  );
  const peer = new URL('../unary/peers/weft.ts', import.meta.url).href;
  const { worker: client } = await Worker.start<Load, Measurement>(
    new URL('../unary/worker.ts', import.meta.url),
    { args: ['connect', peer], env },
    cleanup,
  );
  return {
    server,
    client,
    async dropped() {
      const metrics = await askHttp(`http://127.0.0.1:${adminPort}/metrics`, signal);
      const [, count = '0'] =
        /^weft_log_lines_total\{[^}]*outcome="dropped"[^}]*\} (\d+)/m.exec(metrics) ?? [];
      return Number(count);
    },
  };
}

function contender(name: string, { server, client, dropped }: Pair, every: number): Contender {
  return {
    name,
    async turn(seconds) {
      await server.ask(every);
      const before = { cpu: processUsage(server.pid).cpuSeconds, dropped: await dropped() };
      const load = { inFlight: IN_FLIGHT, payloadBytes: PAYLOAD_BYTES, seconds };
      const measured = await client.ask(load);
      const calls = measured.value * seconds;
      const cpuSeconds = processUsage(server.pid).cpuSeconds - before.cpu;
      const extra = {
        'server CPU us': (cpuSeconds / calls) * 1e6,
        'dropped %': (((await dropped()) - before.dropped) / (calls / every)) * 100,
      };
      return { ...measured, extra: { ...measured.extra, ...extra } };
    },
  };
}
