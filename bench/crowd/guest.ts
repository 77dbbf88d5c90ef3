/** One ordinary caller: a read so many times a second, by turns on the connection that it keeps and on a new one. */
import { Agent, get } from 'node:http';
import { serveParent } from '../harness/serveParent.ts';

export interface Visit {
  readonly url: string;
  readonly seconds: number;
}

export interface Visited {
  /** Of each call that was answered, from when it was due until its answer was whole. */
  readonly latenciesMs: readonly number[];
  readonly failed: number;
}

/** A fifth of what the edge lets one address read. */
const CALLS_PER_SECOND = 20;
const TIMEOUT_MS = 10_000;
const LOCAL_ADDRESS = '127.0.0.2';

const kept = new Agent({ keepAlive: true, maxSockets: 1 });

function call(url: string, agent: Agent | false): Promise<void> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    get(url, { agent, localAddress: LOCAL_ADDRESS, signal }, (response) => {
      response.resume().on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
    }).on('error', reject);
  });
}

serveParent<Visit, Visited>(undefined, async ({ url, seconds }) => {
  const latenciesMs: number[] = [];
  let failed = 0;
  const begun = performance.now();
  const calls = Array.from({ length: seconds * CALLS_PER_SECOND }, async (_, index) => {
    const due = begun + (index * 1_000) / CALLS_PER_SECOND;
    await new Promise((resolve) => setTimeout(resolve, due - begun));
    try {
      await call(url, index % 2 === 0 ? kept : false);
      latenciesMs.push(performance.now() - due);
    } catch (error) {
      if (failed++ === 0) process.stderr.write(`the guest's first failed call: ${error}\n`);
    }
  });
  await Promise.all(calls);
  return { latenciesMs, failed };
});
