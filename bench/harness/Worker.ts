import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface WorkerOptions {
  readonly args?: readonly string[];
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/**
 * A Node process of the benchmark, whose script calls serveParent(). It dies with this one, in whatever way that
 * ends: the channel between them closes.
 */
export class Worker<Ask, Answer> {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #waiting: Waiting[] = [];

  private constructor(name: string, process: ChildProcess) {
    this.#name = name;
    this.#process = process;
    process.on('message', ({ answer, error }: { answer?: unknown; error?: string }) => {
      const waiting = this.#waiting.shift();
      if (error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(`${name}: ${error}`));
    });
    process.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.splice(0)) {
        reject(new Error(`${name} ended with ${code ?? signal}`));
      }
    });
  }

  /**
   * Starts a script and waits until it is ready.
   *
   * @returns the worker, and what it said when it was ready.
   */
  static async start<Ask, Answer, Ready = unknown>(
    script: URL,
    { args = [], env = {} }: WorkerOptions,
    cleanup: AsyncDisposableStack,
  ): Promise<{ worker: Worker<Ask, Answer>; ready: Ready }> {
    const path = fileURLToPath(script);
    const child = fork(path, [...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const worker = new Worker<Ask, Answer>([path, ...args].join(' '), child);
    cleanup.defer(() => worker.kill());
    // What the script says first is that it is ready.
    return { worker, ready: (await worker.#answer()) as Ready };
  }

  /** @throws when it does not run. */
  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.#name} does not run`);
    return this.#process.pid;
  }

  /** Questions are answered in order. @throws Error with what the script threw, or when it ends before. */
  async ask(question: Ask): Promise<Answer> {
    if (!this.#process.connected) throw new Error(`${this.#name} has ended`);
    this.#process.send(question as never);
    return (await this.#answer()) as Answer;
  }

  /** Resolves when it has ended. @param signal Default: SIGKILL. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    await ended;
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}
