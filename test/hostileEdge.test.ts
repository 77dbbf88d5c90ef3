import assert from 'node:assert/strict';
import { get } from 'node:http';
import type { Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EdgeRig } from './support/EdgeRig.ts';
import { open, read } from './support/hostileClients.ts';

const MIB = 1024 * 1024;
/** Far above what it takes (docs/edge.md), far below what one of these attacks would take unbounded. */
const MEMORY_BOUND = 512 * MIB;
const WAIT_MS = 60_000;

/** A client that behaves, from an address of its own, all the while that others do not. */
class Guest {
  readonly answers: number[] = [];
  slowestMs = 0;
  readonly #url: string;
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(url: string) {
    this.#url = url;
    this.#done = this.#ask();
  }

  async leave(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #ask(): Promise<void> {
    while (!this.#isOver) {
      const started = performance.now();
      this.answers.push(await this.#once());
      this.slowestMs = Math.max(this.slowestMs, performance.now() - started);
      await sleep(50);
    }
  }

  #once(): Promise<number> {
    return new Promise((resolve) => {
      const options = { localAddress: '127.0.0.2', timeout: WAIT_MS };
      const request = get(`${this.#url}/v1/assets/A/summary`, options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
      request.on('timeout', () => request.destroy()).on('error', () => resolve(0));
    });
  }
}

suite('The edge under hostile clients', { timeout: 180_000 }, () => {
  let rig: EdgeRig;
  let guest: Guest;
  let memoryBefore: number;
  let peak = 0;
  let watching: NodeJS.Timeout;
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

  before(async () => {
    rig = await EdgeRig.start();
    memoryBefore = await memory();
    watching = setInterval(() => {
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
  });

  test('thousands of idle connections, and bodies that never end, keep nobody out', async () => {
    await hold(2_000, '');
    await hold(300, 'POST /v1/market-data HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{');
    await hold(
      300,
      'POST /v1/market-data HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\n',
    );
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

  test('all the while others were served, and memory stayed bounded', async (t) => {
    await guest.leave();
    const failed = guest.answers.filter((status) => status !== 200);
    t.diagnostic(
      `${guest.answers.length} calls of the guest, slowest ${guest.slowestMs.toFixed()} ms; ` +
        `memory ${(memoryBefore / MIB).toFixed()} MiB before, ${(peak / MIB).toFixed()} MiB at most`,
    );
    assert.ok(guest.answers.length > 50, 'the guest was not there');
    assert.deepEqual(failed, []);
    assert.ok(peak < MEMORY_BOUND, `${peak} bytes`);
  });
});
