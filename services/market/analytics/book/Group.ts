import type { Source } from './Source.ts';

/** Ticks that are committed together. */
export class Group {
  #ticks = 0;
  readonly #sources = new Set<Source>();
  readonly #committed = Promise.withResolvers<void>();

  constructor() {
    // A group that nobody waits for may fail without a word: its streams are told.
    this.#committed.promise.catch(() => {});
  }

  get ticks(): number {
    return this.#ticks;
  }

  /** The sources that some of them came from. */
  get sources(): ReadonlySet<Source> {
    return this.#sources;
  }

  /** Resolves when the group is committed; rejects with the status for the callers when it is not. */
  get committed(): Promise<void> {
    return this.#committed.promise;
  }

  /** So many more ticks belong to it. */
  include(ticks: number, source?: Source): void {
    this.#ticks += ticks;
    if (source) this.#sources.add(source);
  }

  succeed(): void {
    this.#committed.resolve();
  }

  fail(error: Error): void {
    this.#committed.reject(error);
  }
}
