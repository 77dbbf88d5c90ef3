/** HTTP/1.1 calls to one URL after the other, from many client addresses. */
import { Agent, get } from 'node:http';
import { cpuSecondsOf } from '../harness/processUsage.ts';
import type { Measurement } from '../harness/Suite.ts';
import { serveParent } from '../harness/serveParent.ts';
import { quantile } from '../harness/statistics.ts';

export interface EdgeLoad {
  readonly url: string;
  /** What every answer must hold. */
  readonly mustHold: string;
  /** The edge's process. */
  readonly pid: number;
  readonly inFlight: number;
  readonly seconds: number;
}

/** Weft's edge allows 100 calls a second to each address; the other edges have no limit. */
const ADDRESSES = 500;

const agent = new Agent({ keepAlive: true });
let next = 0;

function ask(url: string): Promise<{ status: number | undefined; body: string }> {
  next = (next + 1) % ADDRESSES;
  const address = next + 2;
  const localAddress = `127.0.${address >> 8}.${address & 255}`;
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, localAddress }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

serveParent<EdgeLoad, Measurement>(undefined, async (load) => {
  const { url, mustHold, pid, inFlight, seconds } = load;
  const latencies: number[] = [];
  let errors = 0;
  const [begun, cpuBefore] = [performance.now(), cpuSecondsOf([pid])];
  const end = begun + seconds * 1_000;
  const lane = async () => {
    while (performance.now() < end) {
      const sent = performance.now();
      try {
        const { status, body } = await ask(url);
        if (status !== 200 || !body.includes(mustHold)) {
          if (errors++ === 0) process.stderr.write(`${url} answered ${status}: ${body}\n`);
        }
      } catch (error) {
        if (errors++ === 0) process.stderr.write(`${url}: ${error}\n`);
      }
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const answered = latencies.length - errors;
  return {
    value: answered / (cpuSecondsOf([pid]) - cpuBefore),
    errors,
    extra: {
      'requests/s': answered / ((performance.now() - begun) / 1_000),
      'p50 ms': quantile(latencies, 0.5),
      'p99 ms': quantile(latencies, 0.99),
    },
  };
});
