import { setTimeout as sleep } from 'node:timers/promises';

export interface BackoffOptions {
  /** The first pause, in milliseconds; each is twice the one before. */
  readonly firstMs: number;
  /** The longest, in milliseconds. */
  readonly longestMs: number;
  /** Whether a pause is drawn from half to one and a half times its length, for many who failed at the same moment. */
  readonly isSpread?: boolean;
}

/** The pauses between tries that go on for as long as it takes; for a number of tries there is p-retry. */
export class Backoff {
  readonly #options: BackoffOptions;
  #nextMs: number;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#nextMs = options.firstMs;
  }

  /** Begins again with the first pause: a try has succeeded. */
  reset(): void {
    this.#nextMs = this.#options.firstMs;
  }

  /**
   * The next pause. It ends early, without a throw, when the signal aborts.
   *
   * @returns its length in milliseconds, for a line in the log, and the wait for its end.
   */
  pause(signal: AbortSignal): { readonly retryMs: number; readonly over: Promise<void> } {
    const { longestMs, isSpread } = this.#options;
    const retryMs = Math.round(this.#nextMs * (isSpread ? 0.5 + Math.random() : 1));
    this.#nextMs = Math.min(this.#nextMs * 2, longestMs);
    return { retryMs, over: sleep(retryMs, undefined, { signal }).catch(() => {}) };
  }
}
