export interface TokenBucketOptions {
  /** How many there may be at once. */
  readonly requests: number;
  /** Time in which an empty one is full again, in milliseconds. */
  readonly perMs: number;
}

/** A token bucket: full at first, refilled evenly. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  readonly #now: () => number;
  #left: number;
  #filledAt: number;

  /** @param now Milliseconds of a clock that only goes on. */
  constructor(options: TokenBucketOptions, now = (): number => performance.now()) {
    this.#options = options;
    this.#now = now;
    this.#left = options.requests;
    this.#filledAt = now();
  }

  /** Takes one out. @returns milliseconds until there is one again; 0: there was one. */
  take(): number {
    const { requests, perMs } = this.#options;
    const now = this.#now();
    const more = ((now - this.#filledAt) * requests) / perMs;
    this.#left = Math.min(requests, this.#left + more);
    this.#filledAt = now;
    if (this.#left < 1) return Math.ceil(((1 - this.#left) * perMs) / requests);
    this.#left -= 1;
    return 0;
  }
}
