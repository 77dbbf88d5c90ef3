/** Many callers of one `:watch` at the edge, as server-sent events, and one among them that reads late. */
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { processUsage } from '../harness/processUsage.ts';
import { serveParent } from '../harness/serveParent.ts';

export interface Watching {
  /** Such as "http://127.0.0.1:8080/v1/assets/DEMO:watch". */
  readonly url: string;
  readonly subscribers: number;
  readonly seconds: number;
  /** Processes whose work is to be told. */
  readonly pids: readonly number[];
}

export interface Watched {
  /** Updates that all but the slow one got in those seconds. */
  readonly delivered: number;
  readonly seconds: number;
  /** What each of the processes used in those seconds. */
  readonly cpuSeconds: readonly number[];
  /** Subscriptions that failed or ended. */
  readonly errors: number;
  /** Updates that the one got that read nothing in those seconds, when it read at last. */
  readonly slowGot: number;
  /** From then until it knew what the others had known. */
  readonly slowBehindMs: number;
}

/** The edge counts calls by the caller's address, and the subscribers are to be many callers. */
const SUBSCRIBERS_PER_ADDRESS = 10;
/** Opened at once. */
const OPENED_AT_ONCE = 50;
const SLOW_MUST_ARRIVE_MS = 30_000;
const OPEN_WITHIN_MS = 30_000;
const REFUSED_PAUSE_MS = 250;
const UNAVAILABLE = 503;

const EVENT_END = Buffer.from('\n\n');

class Subscriber {
  updates = 0;
  failures = 0;
  /** Ticks that the newest update speaks of. */
  newest = 0;
  #rest = '';
  readonly #response: IncomingMessage;

  private constructor(response: IncomingMessage, keepsNewest: boolean) {
    this.#response = response;
    let endsInNewline = false;
    response.on('data', (chunk: Buffer) => {
      if (keepsNewest) return this.#read(chunk);
      if (endsInNewline && chunk[0] === EVENT_END[0]) this.updates++;
      for (let at = chunk.indexOf(EVENT_END); at >= 0; at = chunk.indexOf(EVENT_END, at + 2)) {
        this.updates++;
      }
      endsInNewline = chunk.at(-1) === EVENT_END[0] && chunk.at(-2) !== EVENT_END[0];
    });
    response.on('error', () => this.failures++);
    response.on('end', () => this.failures++);
  }

  /** Tries for a while: a service that has just had all that it can do refuses who is new. */
  static async open(url: string, index: number, keepsNewest: boolean): Promise<Subscriber> {
    for (const until = performance.now() + OPEN_WITHIN_MS; ; await sleep(REFUSED_PAUSE_MS)) {
      const subscriber = await Subscriber.#tryOpen(url, index, keepsNewest);
      if (subscriber) return subscriber;
      if (performance.now() > until) throw new Error(`${url} still answers ${UNAVAILABLE}`);
    }
  }

  /** @returns undefined when the service has no room now. */
  static #tryOpen(
    url: string,
    index: number,
    keepsNewest: boolean,
  ): Promise<Subscriber | undefined> {
    const address = Math.floor(index / SUBSCRIBERS_PER_ADDRESS) + 2;
    const localAddress = `127.0.${address >> 8}.${address & 255}`;
    return new Promise((resolve, reject) => {
      const request = get(url, { agent: false, localAddress }, (response) => {
        const { statusCode } = response;
        if (statusCode === 200) return resolve(new Subscriber(response, keepsNewest));
        response.resume();
        if (statusCode === UNAVAILABLE) resolve(undefined);
        else reject(new Error(`${url} answered ${statusCode}`));
      });
      request.on('error', reject);
    });
  }

  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  close(): void {
    this.#response.removeAllListeners('error').removeAllListeners('end');
    this.#response.on('error', () => {});
    this.#response.destroy();
  }

  #read(chunk: Buffer): void {
    const events = (this.#rest + chunk.toString('utf8')).split('\n\n');
    this.#rest = events.pop() ?? '';
    for (const event of events) {
      this.updates++;
      const { summary } = JSON.parse(event.slice('data: '.length)) as {
        summary: { count: string };
      };
      this.newest = Number(summary.count);
    }
  }
}

serveParent<Watching, Watched>(undefined, async ({ url, subscribers, seconds, pids }) => {
  const all: Subscriber[] = [];
  while (all.length < subscribers) {
    const indices = Array.from(
      { length: Math.min(OPENED_AT_ONCE, subscribers - all.length) },
      (_, i) => all.length + i,
    );
    all.push(...(await Promise.all(indices.map((i) => Subscriber.open(url, i, i < 2)))));
  }
  const [slow, reference, ...others] = all as [Subscriber, Subscriber, ...Subscriber[]];
  const count = () => [reference, ...others].reduce((sum, { updates }) => sum + updates, 0);
  slow.pause();
  const slowBefore = slow.updates;
  const used = () => pids.map((pid) => processUsage(pid).cpuSeconds);
  const [before, begun, usedBefore] = [count(), performance.now(), used()];
  await sleep(seconds * 1_000);
  const [delivered, elapsed] = [count() - before, performance.now() - begun];
  const cpuSeconds = used().map((seconds, index) => seconds - (usedBefore[index] ?? 0));

  const wanted = reference.newest;
  const resumed = performance.now();
  slow.resume();
  while (slow.newest < wanted && performance.now() - resumed < SLOW_MUST_ARRIVE_MS) await sleep(1);
  const slowBehindMs = performance.now() - resumed;
  const errors = all.reduce((sum, { failures }) => sum + failures, 0);
  for (const subscriber of all) subscriber.close();
  const slowGot = slow.updates - slowBefore;
  return { delivered, seconds: elapsed / 1_000, cpuSeconds, errors, slowGot, slowBehindMs };
});
