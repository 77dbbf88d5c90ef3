import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ConsulClient } from '../mesh/consul/index.ts';
import { type TestIdentity, writeIdentity } from '../mesh/testing/writeIdentity.ts';
import { EdgeRig } from './support/EdgeRig.ts';
import { Guest } from './support/Guest.ts';
import { open, read } from './support/hostileClients.ts';
import { attack, brokenFrames, floods } from './support/http2Attacks.ts';

const MIB = 1024 * 1024;
/** Far above what it takes (docs/edge.md), far below what one of these attacks would take unbounded. */
const MEMORY_BOUND = 512 * MIB;
const ATTACK_MS = 60_000;
const WATCH = '/market.v1.AnalyticsService/WatchAsset';
/** How many watches one caller may open in the time that each of them lives. */
const WATCHES = 50;
const WATCH_SECONDS = 5;

suite('The edge, and a service behind it, under hostile clients', { timeout: 180_000 }, () => {
  let rig: EdgeRig;
  let guest: Guest;
  let memoryBefore: number;
  let peak = 0;
  let servicePeak = 0;
  let watching: NodeJS.Timeout;
  let servicePort: number;
  let identity: TestIdentity;
  const held: Socket[] = [];

  const stat = async (name: string) => {
    const stats = await (await fetch(`${rig.adminUrl}/stats`)).text();
    return Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(stats)?.[1]);
  };
  const memory = () => stat('server.memory_physical_size');
  const hold = async (connections: number, say: string) => {
    const sockets = await Promise.all(Array.from({ length: connections }, () => open(rig.port)));
    for (const socket of sockets) socket.write(say);
    held.push(...sockets);
    return sockets;
  };

  /** A connection to each, as one that it lets in: the edge anybody, the service a member of the mesh. */
  const doors: Readonly<Record<string, () => Promise<Socket>>> = {
    'the edge': () => open(rig.port),
    async 'a service'() {
      const [cert, key, ca] = [identity.cert, identity.key, identity.roots].map((file) =>
        readFileSync(file),
      );
      const tls = { cert, key, ca, ALPNProtocols: ['h2'], checkServerIdentity: () => undefined };
      const socket = connectTls({ host: '127.0.0.1', port: servicePort, ...tls });
      // How it ends is looked at by the one who speaks.
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      return socket;
    },
  };

  before(async () => {
    const [requests, seconds] = [WATCHES, BigInt(WATCH_SECONDS)];
    rig = await EdgeRig.start({
      policies: {
        [WATCH]: {
          ...{ access: 2, rateLimit: { requests, per: { seconds } } },
          maxStreamDuration: { seconds },
        },
      },
    });
    const consul = new ConsulClient({ address: rig.environment.CONSUL_HTTP_ADDR ?? '', token: '' });
    identity = await writeIdentity(consul, 'cli');
    const healthy = await consul.read<{ Service: { Port: number } }[]>(
      '/health/service/analytics?passing',
    );
    servicePort = healthy.value[0]?.Service.Port ?? 0;
    memoryBefore = await memory();
    watching = setInterval(() => {
      servicePeak = Math.max(servicePeak, residentBytes(rig.pidOf('1')));
      memory().then(
        (now) => {
          peak = Math.max(peak, now);
        },
        () => {},
      );
    }, 250);
    guest = new Guest(rig.url);
  });
  after(async () => {
    clearInterval(watching);
    for (const socket of held) socket.destroy();
    await guest?.leave();
    await rig?.stop();
    if (identity) await rm(identity.folder, { recursive: true });
  });

  test('thousands of idle connections, and bodies that never end, keep nobody out', async () => {
    await hold(2_000, '');
    await hold(300, 'POST /v1/market-data HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{');
    await hold(
      300,
      'POST /v1/market-data HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\n',
    );
  });

  test('one address holds no more watches than its share, keeps nobody else from watching, and holds none for ever', async (t) => {
    const watchFrom = (localAddress: string) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const url = `${rig.url}/v1/assets/A:watch`;
        get(url, { localAddress, agent: false }, resolve).on('error', reject);
      });
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: 600 }, () => watchFrom('127.0.0.3')));
    const seconds = (performance.now() - started) / 1_000;
    const other = await watchFrom('127.0.0.4');
    const open = answers.filter(({ statusCode }) => statusCode === 200);
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    t.diagnostic(`${open.length} watches open, ${refused.length} refused`);
    assert.equal(open.length + refused.length, answers.length);
    assert.ok(open.length >= WATCHES, `${open.length}`);
    assert.ok(open.length <= WATCHES * (1 + (seconds + 1) / WATCH_SECONDS), `${open.length}`);
    assert.equal(other.statusCode, 200);
    for (const response of refused) response.resume();
    for (const response of [...open, other]) {
      assert.match(await text(response), /^data: /);
      assert.equal(response.trailers['grpc-status'], '4');
    }
  });

  test('headers that come a byte at a time are given up', async () => {
    const sockets = await hold(200, 'GET /v1/assets HTTP/1.1\r\nhost: x\r\n');
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('a');
    }, 500);
    try {
      const answers = await Promise.all(sockets.map(read));
      // Whoever still writes when the edge hangs up may not get to read why.
      for (const answer of answers) assert.match(answer, /^(HTTP\/1.1 408|$)/);
    } finally {
      clearInterval(drip);
    }
  });

  test('what is no HTTP at all is hung up on', async () => {
    const samples = [
      'GARBAGE\r\n\r\n',
      'GET  HTTP/1.1\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n',
      'GET / HTTP/1.1\r\nhost: x\r\nbad\0name: 1\r\n\r\n',
      Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
    ];
    for (const sample of samples) {
      const socket = await open(rig.port);
      socket.end(sample);
      assert.doesNotMatch(await read(socket), /^HTTP\/1.1 2/, String(sample));
    }
  });

  for (const [door, enter] of Object.entries(doors)) {
    for (const [name, what] of Object.entries(floods)) {
      test(`${door} hangs up on ${name}`, { timeout: ATTACK_MS }, async (t) => {
        const { hungUp, sent } = await attack(await enter(), what);
        t.diagnostic(`${sent} bytes were sent`);
        assert.ok(hungUp, `it took all ${sent} bytes`);
      });
    }

    test(`${door} hangs up on broken frames, or goes on`, { timeout: ATTACK_MS }, async (t) => {
      await Promise.all(
        Object.entries(brokenFrames).map(async ([name, what]) => {
          const socket = await enter();
          held.push(socket);
          const { hungUp } = await attack(socket, what);
          t.diagnostic(`${name}: ${hungUp ? 'hung up on' : 'it goes on'}`);
        }),
      );
    });
  }

  test('all the while others were served, and memory stayed bounded', async (t) => {
    await guest.leave();
    const failed = guest.answers.filter((status) => status !== 200);
    t.diagnostic(
      `${guest.answers.length} calls of the guest, slowest ${guest.slowestMs.toFixed()} ms; ` +
        `memory ${(memoryBefore / MIB).toFixed()} MiB before, ${(peak / MIB).toFixed()} MiB at most; ` +
        `of the service ${(servicePeak / MIB).toFixed()} MiB at most`,
    );
    assert.ok(guest.answers.length > 50, 'the guest was not there');
    assert.deepEqual(failed, []);
    assert.ok(peak < MEMORY_BOUND, `${peak} bytes`);
    assert.ok(servicePeak < MEMORY_BOUND, `${servicePeak} bytes`);
  });
});

/** Memory in RAM of a process: see proc(5). */
function residentBytes(pid: number): number {
  return (
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  );
}
