import { type Profiler, Session } from 'node:inspector';

/**
 * Which pieces of the sources have been executed, by V8's block coverage
 * (https://v8.dev/blog/javascript-code-coverage). Begins with what is compiled afterwards.
 */
export class Coverage implements Disposable {
  readonly #session = new Session();
  /** Parts of the paths of the sources that count. Default: none count. */
  covers: readonly string[] = [];
  /** By function, a byte for each character of its source: 1 when it has been executed. */
  readonly #executed = new Map<string, Uint8Array>();
  #pieces = 0;

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Pieces of code that were executed, as far as they were kept. */
  get pieces(): number {
    return this.#pieces;
  }

  /**
   * Looks at what was executed since the last look.
   *
   * @param keep Whether it counts as executed from now on.
   * @returns whether something was executed for the first time.
   */
  look(keep: boolean): boolean {
    let isNew = false;
    for (const { url, scriptId, functions } of this.#take()) {
      if (!this.covers.some((part) => url.includes(part))) continue;
      for (const one of functions) isNew = this.#lookAt(scriptId, one, keep) || isNew;
    }
    return isNew;
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }

  #take(): Profiler.ScriptCoverage[] {
    let taken: Profiler.ScriptCoverage[] = [];
    // The session is this thread's own, so the answer is there when the question has been posted.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error) throw error;
      taken = answer.result;
    });
    return taken;
  }

  #lookAt(script: string, { ranges }: Profiler.FunctionCoverage, keep: boolean): boolean {
    const [whole] = ranges;
    if (!whole || whole.count === 0) return false;
    const start = whole.startOffset;
    const key = `${script} ${start}`;
    const before = this.#executed.get(key) ?? new Uint8Array(whole.endOffset - start);
    const now = new Uint8Array(before.length);
    // The ranges are nested, and each inner one is about what the outer ones are not.
    for (const { startOffset, endOffset, count } of ranges) {
      now.fill(count > 0 ? 1 : 0, startOffset - start, endOffset - start);
    }
    let isNew = false;
    for (let i = 0; i < now.length; i++) {
      if (now[i] === 0 || before[i] === 1) continue;
      isNew = true;
      if (!keep) return true;
      if (i === 0 || now[i - 1] === 0 || before[i - 1] === 1) this.#pieces += 1;
    }
    if (isNew) {
      for (let i = 0; i < now.length; i++) if (now[i]) before[i] = 1;
      this.#executed.set(key, before);
    }
    return isNew;
  }
}
