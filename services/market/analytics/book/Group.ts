import type { Source } from './Source.ts';

/** Ticks that are committed together. */
export class Group {
  ticks = 0;
  /** The sources that some of them came from. */
  readonly sources = new Set<Source>();
  readonly #committed = Promise.withResolvers<void>();

  constructor() {
    // A group that nobody waits for may fail without a word: its streams are told.
    this.#committed.promise.catch(() => {});
  }

  /** Resolves when the group is committed; rejects with the status for the callers when it is not. */
  get committed(): Promise<void> {
    return this.#committed.promise;
  }

  succeed(): void {
    this.#committed.resolve();
  }

  fail(error: Error): void {
    this.#committed.reject(error);
  }
}
