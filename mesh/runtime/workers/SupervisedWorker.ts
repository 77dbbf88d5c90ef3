import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { readToPrimary, type ToPrimary, type ToWorker } from './messages.ts';
import { seatEnvironment, type WorkerSeat } from './WorkerSeat.ts';

/** Doubles with each death. */
const FIRST_RETRY_MS = 100;
/** A worker that has served for this long begins to count its deaths anew. */
const SETTLED_MS = 60_000;
const MOST_DEATHS = 5;
const SCRAPE_MS = 1_000;

export interface SupervisedWorkerOptions {
  readonly seat: WorkerSeat;
  readonly log: Logger;
  /** Called when it begins or ceases to serve, or to be ready. */
  readonly onChange: (worker: SupervisedWorker) => void;
  /** Called when it has died so often in a row that it is not started again. */
  readonly onFailure: (error: Error) => void;
}

/** A worker process, and after its death the next one, until it is stopped or keeps dying. */
export class SupervisedWorker {
  readonly #options: SupervisedWorkerOptions;
  readonly #first = Promise.withResolvers<readonly string[]>();
  readonly #scrapes = new Map<number, (text: string | undefined) => void>();
  #process: Worker | undefined;
  #servingSince: number | undefined;
  #notReadyReason: string | undefined;
  #deaths = 0;
  #retry: NodeJS.Timeout | undefined;
  #isStopping = false;
  #everServed = false;
  #lastScrape = 0;

  constructor(options: SupervisedWorkerOptions) {
    this.#options = options;
  }

  get isServing(): boolean {
    return this.#servingSince !== undefined;
  }

  /** What keeps it from its work while it serves, such as a database that is away. */
  get notReadyReason(): string | undefined {
    return this.#notReadyReason;
  }

  /** Whether it takes calls and can do its work. */
  get isReady(): boolean {
    return this.isServing && this.#notReadyReason === undefined;
  }

  /**
   * Resolves with the names of its gRPC services when it serves.
   *
   * @throws when it ends before; it is not tried again.
   */
  start(): Promise<readonly string[]> {
    this.#fork();
    return this.#first.promise;
  }

  tell(message: ToWorker): void {
    // One that is dying says so by its end.
    this.#process?.send(message, () => {});
  }

  /** Its metrics in Prometheus' text format. Undefined: it does not answer in time. */
  scrape(): Promise<string | undefined> {
    if (!this.isServing) return Promise.resolve(undefined);
    this.#lastScrape += 1;
    const id = this.#lastScrape;
    return new Promise((resolve) => {
      const settle = (text: string | undefined) => {
        clearTimeout(timer);
        this.#scrapes.delete(id);
        resolve(text);
      };
      const timer = setTimeout(settle, SCRAPE_MS, undefined);
      this.#scrapes.set(id, settle);
      this.tell({ weft: 'scrape', id });
    });
  }

  /** Resolves when it has ended. One that does not serve yet, or takes longer than `limitMs`, is killed. */
  async stop(limitMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#retry);
    const worker = this.#process;
    if (!worker) return;
    const ended = once(worker, 'exit');
    const kill = () => worker.process.kill('SIGKILL');
    if (this.isServing) this.tell({ weft: 'stop' });
    else kill();
    const timer = setTimeout(() => {
      this.#options.log.warn({ worker: this.#options.seat.number, limitMs }, 'worker killed');
      kill();
    }, limitMs);
    await ended;
    clearTimeout(timer);
  }

  #fork(): void {
    const worker = cluster.fork(seatEnvironment(this.#options.seat));
    this.#process = worker;
    worker.on('message', (message) => {
      const heard = readToPrimary(message);
      if (heard) this.#hear(heard);
    });
    worker.on('error', (err) => this.#options.log.warn({ err }, 'a worker could not be told'));
    worker.once('exit', (code, signal) => this.#ended(signal ?? code));
  }

  #hear(message: ToPrimary): void {
    if (message.weft === 'metrics') {
      this.#scrapes.get(message.id)?.(message.text);
      return;
    }
    const { log, seat, onChange } = this.#options;
    if (message.weft === 'notReady') {
      this.#notReadyReason = message.reason;
      onChange(this);
      return;
    }
    this.#servingSince = performance.now();
    this.#everServed = true;
    log.info({ worker: seat.number, pid: this.#process?.process.pid }, 'worker serving');
    this.#first.resolve(message.services);
    onChange(this);
  }

  #ended(reason: number | string): void {
    const { log, seat, onChange, onFailure } = this.#options;
    const since = this.#servingSince;
    this.#process = undefined;
    this.#servingSince = undefined;
    this.#notReadyReason = undefined;
    for (const settle of this.#scrapes.values()) settle(undefined);
    if (since !== undefined) onChange(this);
    if (!this.#everServed) {
      this.#first.reject(new Error(`worker ${seat.number} ended with ${reason} before it served`));
    } else if (!this.#isStopping) {
      if (since !== undefined && performance.now() - since > SETTLED_MS) this.#deaths = 0;
      const retryMs = FIRST_RETRY_MS * 2 ** this.#deaths;
      this.#deaths += 1;
      log.error({ worker: seat.number, reason, deaths: this.#deaths }, 'a worker has died');
      if (this.#deaths < MOST_DEATHS) this.#retry = setTimeout(() => this.#fork(), retryMs);
      else onFailure(new Error(`worker ${seat.number} died ${MOST_DEATHS} times in a row`));
    }
  }
}
