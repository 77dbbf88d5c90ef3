import { Worker } from 'node:worker_threads';

export interface ThreadPoolOptions {
  /** What each thread runs: it calls serveThread(). */
  readonly script: URL;
  /** Threads at most; they are started when there is work for them. */
  readonly size: number;
  /** Milliseconds after which a task that has not ended is given up, with its thread. Default 30,000. */
  readonly timeoutMs?: number;
  /** Of a thread's heap, in megabytes: who needs more ends, and its task fails. Default 256. */
  readonly heapMb?: number;
}

/** What a thread answers. */
export type ThreadAnswer = { readonly result: unknown } | { readonly error: unknown };

interface Task {
  readonly input: unknown;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  timer?: NodeJS.Timeout;
}

/**
 * Threads for what keeps a processor busy, so that the process goes on answering meanwhile. Each has one task at a time, the others wait
 * in their order. A task whose thread dies fails, and no other does; whether it is tried again is for who has asked for it. Threads
 * do not keep the process from ending.
 */
export class ThreadPool<Input, Result> {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Map<Worker, Task | undefined>();
  readonly #waiting: Task[] = [];
  #isClosed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** Tasks that wait for a thread. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * @param transfer Buffers in the input that are handed over, and not copied: the caller has them no more.
   * @throws what the thread throws, and Error when it has ended.
   */
  run(input: Input, transfer: readonly ArrayBuffer[] = []): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#isClosed) {
        reject(new Error('the threads have been ended'));
        return;
      }
      this.#waiting.push({ input, transfer, resolve, reject });
      this.#assign();
    });
  }

  /** Ends all threads; tasks that have not come to their end fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new Error('the threads have been ended'));
    }
    await Promise.all([...this.#threads.keys()].map((thread) => thread.terminate()));
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#idle();
      if (!thread) return;
      this.#begin(thread, this.#waiting.shift() as Task);
    }
  }

  #idle(): Worker | undefined {
    for (const [thread, task] of this.#threads) {
      if (!task) return thread;
    }
    if (this.#threads.size >= this.#options.size) return undefined;
    const { script, heapMb = 256 } = this.#options;
    const thread = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: heapMb } });
    thread.unref();
    this.#threads.set(thread, undefined);
    let cause: unknown;
    thread.on('message', (answer: ThreadAnswer) => this.#end(thread, answer));
    thread.on('error', (error) => {
      cause = error;
    });
    thread.on('exit', (code) => {
      const task = this.#threads.get(thread);
      this.#threads.delete(thread);
      clearTimeout(task?.timer);
      task?.reject(new Error(`a thread has ended (${code}) in the middle of a task`, { cause }));
      if (!this.#isClosed) this.#assign();
    });
    return thread;
  }

  #begin(thread: Worker, task: Task): void {
    const { timeoutMs = 30_000 } = this.#options;
    this.#threads.set(thread, task);
    task.timer = setTimeout(() => {
      task.reject(new Error(`a task has not ended within ${timeoutMs} ms`));
      void thread.terminate();
    }, timeoutMs);
    try {
      thread.postMessage(task.input, task.transfer);
    } catch (error) {
      // What cannot be cloned.
      this.#end(thread, { error });
    }
  }

  #end(thread: Worker, answer: ThreadAnswer): void {
    const task = this.#threads.get(thread);
    if (!task) return;
    clearTimeout(task.timer);
    this.#threads.set(thread, undefined);
    if ('error' in answer) task.reject(answer.error);
    else task.resolve(answer.result as never);
    this.#assign();
  }
}
