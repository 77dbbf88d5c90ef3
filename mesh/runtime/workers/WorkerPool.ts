import type { Logger } from 'pino';
import type { ServingState } from '../health/ServingState.ts';
import { mergeExpositions } from '../telemetry/mergeExpositions.ts';
import { SupervisedWorker } from './SupervisedWorker.ts';

/** Time for what workers do after their calls have ended, such as closing a database. */
const LAST_STEPS_MS = 10_000;

export interface WorkerPoolOptions {
  readonly count: number;
  /** Port of gRPC, free. */
  readonly port: number;
  readonly adminPort: number;
  /** Of the instance; the workers' gRPC health says the same. */
  readonly state: ServingState;
  readonly log: Logger;
  /** Called when `notReadyReason` or `missingWorkers` may have changed. */
  readonly onChange: () => void;
  /** Called when a worker keeps dying and is given up. */
  readonly onFailure: ((error: Error) => void) | undefined;
}

/**
 * Processes that run the same script as this one and serve one port between them. This process takes the connections
 * and deals them out in turn (node:cluster). They end with it, also when it is killed: node:cluster sees to that.
 */
export class WorkerPool {
  readonly #workers: readonly SupervisedWorker[];
  readonly #stopping = new AbortController();
  #failure: Error | undefined;

  constructor(options: WorkerPoolOptions) {
    const { count, port, adminPort, state, log, onChange, onFailure } = options;
    this.#workers = Array.from({ length: count }, (_, index) => {
      const seat = { number: index + 1, port, adminPort };
      return new SupervisedWorker({
        seat,
        log,
        onChange: (worker) => {
          worker.tell({ weft: 'state', serving: state.serving });
          onChange();
        },
        onFailure: (error) => {
          this.#failure ??= error;
          onChange();
          onFailure?.(error);
        },
      });
    });
    this.#follow(state).catch(() => {});
  }

  /**
   * Starts the workers. Resolves with the names of their gRPC services when all of them serve.
   *
   * @throws when one ends before, and the reason of `signal`.
   */
  async start(signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const started = Promise.all(this.#workers.map((worker) => worker.start()));
      const [services = []] = await Promise.race([started, aborted.promise]);
      return services;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Such as "1 of 2 workers serve", with a reason where a worker gives one. Undefined: all do. */
  get missingWorkers(): string | undefined {
    const count = this.#workers.length;
    if (this.#ready === count) return undefined;
    const reason = this.#workers.find((worker) => worker.notReadyReason)?.notReadyReason;
    return `${this.#ready} of ${count} workers serve${reason ? `: ${reason}` : ''}`;
  }

  /** Why the instance should take no calls. Undefined: it can. */
  get notReadyReason(): string | undefined {
    return this.#failure?.message ?? (this.#ready === 0 ? this.missingWorkers : undefined);
  }

  /** The metrics of this process, which are given, and those of all workers, which carry the label `worker`. */
  async metrics(own: string): Promise<string> {
    const texts = await Promise.all(this.#workers.map((worker) => worker.scrape()));
    return mergeExpositions([own, ...texts.filter((text) => text !== undefined)]);
  }

  /** Drains the workers. Resolves when all of them have ended. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#workers.map((worker) => worker.stop(drainMs + LAST_STEPS_MS)));
  }

  get #ready(): number {
    return this.#workers.filter((worker) => worker.isReady).length;
  }

  /** Rejects when the pool stops. */
  async #follow(state: ServingState): Promise<never> {
    for (;;) {
      await state.change(this.#stopping.signal);
      for (const worker of this.#workers) worker.tell({ weft: 'state', serving: state.serving });
    }
  }
}
