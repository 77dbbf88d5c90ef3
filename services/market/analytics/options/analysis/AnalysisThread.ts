import { Worker } from 'node:worker_threads';
import { RpcError, Status } from '@weft/mesh/runtime';
import type { ChainAnalysis } from './analyseChain.ts';

/** What the thread is sent. */
export interface AnalysisOrder {
  readonly id: number;
  /** A ChainUpdated. */
  readonly message: Uint8Array;
}

/** What it answers. */
export interface AnalysisAnswer {
  readonly id: number;
  readonly analysis?: ChainAnalysis;
  readonly error?: unknown;
}

const IDLE_MS = 60_000;
const MOST_HEAP_MB = 128;

/**
 * A thread beside the one that takes ticks, in which chains are analysed: curves are searched for by computing, and a tick does not
 * wait for that. It is there from the first order on, and ends when there has been none for a minute.
 */
export class AnalysisThread {
  readonly #idleMs: number;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #count = 0;
  readonly #orders = new Map<number, PromiseWithResolvers<ChainAnalysis>>();

  /** @param idleMs Milliseconds without an order after which it ends. */
  constructor(idleMs = IDLE_MS) {
    this.#idleMs = idleMs;
  }

  /** Whether the thread is there. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * @param message A ChainUpdated.
   * @throws RpcError UNAVAILABLE when the thread has died, or is stopped; and what the analysis has thrown.
   */
  async analyse(message: Uint8Array): Promise<ChainAnalysis> {
    this.#worker ??= this.#start();
    clearTimeout(this.#idle);
    const id = ++this.#count;
    const order = Promise.withResolvers<ChainAnalysis>();
    this.#orders.set(id, order);
    this.#worker.ref();
    this.#worker.postMessage({ id, message } satisfies AnalysisOrder);
    return order.promise;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#fail();
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('runAnalyses.ts', import.meta.url), {
      name: 'analyses',
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
    });
    worker.on('message', (answer: AnalysisAnswer) => this.#take(answer));
    const end = (cause?: unknown) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#fail(cause);
    };
    worker.on('error', end);
    worker.on('exit', () => end());
    return worker;
  }

  #take({ id, analysis, error }: AnalysisAnswer): void {
    const order = this.#orders.get(id);
    this.#orders.delete(id);
    if (analysis) order?.resolve(analysis);
    else order?.reject(error);
    if (this.#orders.size > 0) return;
    // The process ends without waiting for it.
    this.#worker?.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.stop(), this.#idleMs).unref();
  }

  #fail(cause?: unknown): void {
    const orders = [...this.#orders.values()];
    this.#orders.clear();
    for (const { reject } of orders) {
      reject(new RpcError(Status.UNAVAILABLE, 'the analysis has been cut off', { cause }));
    }
  }
}
