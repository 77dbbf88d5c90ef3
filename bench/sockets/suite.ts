import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../mesh/testing/eventually.ts';
import { freePort } from '../../mesh/testing/freePort.ts';
import { isListening } from '../../mesh/testing/isListening.ts';
import { processUsage } from '../harness/processUsage.ts';
import type { Contender, Suite, SuiteOptions } from '../harness/Suite.ts';
import { startProgram } from '../harness/startProgram.ts';
import { Worker } from '../harness/Worker.ts';
import { centrifugo } from '../programs/centrifugo.ts';
import type { SocketsAnswer, SocketsAsk } from './client.ts';

const SOCKETS = 5_000;
const ROOMS = 50;

interface Served {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly protocol: 'socketIo' | 'centrifuge';
  readonly control?: number;
  /** Has it give back what it has no use for. Default: it does so by itself. */
  readonly collect?: () => Promise<unknown>;
}

/**
 * Rooms followed by many sockets of one instance, each a WebSocket without a proxy before it, fed from within: the gateway
 * beside Socket.IO alone and Centrifugo, with the same payload and the same rooms. What stands between is measured by `watch`.
 */
export const sockets: Suite = {
  name: 'sockets',

  async prepare(options, cleanup) {
    const contenders: Contender[] = [];
    for (const start of [weft, stock, centrifugal]) {
      const served = await start(options, cleanup);
      if (served) contenders.push(await contender(served, options, cleanup));
    }
    return [
      {
        title: `${SOCKETS} sockets in ${ROOMS} rooms, an update under way in each room`,
        unit: 'messages/s',
        baseline: 'Socket.IO alone',
        ratios: ['CPU us a message', 'KB a socket'],
        contenders,
      },
    ];
  },
};

/** Its memory is taken before the first socket and after the last one is in its room. */
async function contender(
  { name, url, pid, protocol, control, collect }: Served,
  { progress }: SuiteOptions,
  cleanup: AsyncDisposableStack,
): Promise<Contender> {
  const { worker } = await Worker.start<SocketsAsk, SocketsAnswer>(
    new URL('client.ts', import.meta.url),
    {},
    cleanup,
  );
  await collect?.();
  const before = processUsage(pid).residentMb;
  progress(`opening ${SOCKETS} sockets to ${name}`);
  await worker.ask({ open: url, protocol, control, sockets: SOCKETS, rooms: ROOMS });
  await collect?.();
  const grown = processUsage(pid).residentMb - before;
  return {
    name,
    async turn(seconds) {
      const before = processUsage(pid).cpuSeconds;
      const turn = await worker.ask({ turn: url, seconds });
      const cpuSeconds = processUsage(pid).cpuSeconds - before;
      return {
        value: turn.received / turn.seconds,
        errors: turn.lost,
        extra: {
          'p50 us': turn.p50Us,
          'p99 us': turn.p99Us,
          'CPU us a message': (cpuSeconds / turn.received) * 1_000_000,
          'KB a socket': (grown * 1_024) / SOCKETS,
          'MB then': processUsage(pid).residentMb,
        },
      };
    },
  };
}

type Start = (options: SuiteOptions, cleanup: AsyncDisposableStack) => Promise<Served | undefined>;

const ours =
  (kind: string, name: string): Start =>
  async (_, cleanup) => {
    const { worker, ready } = await Worker.start<
      null,
      void,
      { readonly url: string; readonly control: number }
    >(new URL('server.ts', import.meta.url), { args: [kind] }, cleanup);
    const collect = () => worker.ask(null);
    return { name, pid: worker.pid, protocol: 'socketIo', collect, ...ready };
  };
const weft = ours('weft', 'Weft');
const stock = ours('socketio', 'Socket.IO alone');

const centrifugal: Start = async (options, cleanup) => {
  const binary = await centrifugo(options);
  if (!binary) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-centrifugo-'));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const port = await freePort();
  const config = join(folder, 'config.json');
  await writeFile(
    config,
    JSON.stringify({
      http_server: { address: '127.0.0.1', port: String(port) },
      // Anybody subscribes and publishes.
      client: { insecure: true, allowed_origins: ['*'] },
      // What stands before the colon of a room.
      channel: { namespaces: [{ name: 'asset' }] },
      log: { level: 'error' },
    }),
  );
  const child = await startProgram([binary, '--config', config], {}, cleanup);
  await eventually(() => isListening(port), 30_000);
  const url = `http://127.0.0.1:${port}`;
  return { name: 'Centrifugo', url, pid: child.pid ?? 0, protocol: 'centrifuge' };
};
