import { limits } from '../limits.ts';

const monotonic = (): number => performance.now();

/** How many messages one client may send: a bucket that fills again. */
export class MessageLimit {
  readonly #now: () => number;
  #left: number = limits.messagesAtOnce;
  #filledAt: number;
  #refused = 0;

  /** @param now Milliseconds of a clock that only goes on. */
  constructor(now: () => number = monotonic) {
    this.#now = now;
    this.#filledAt = now();
  }

  /** Takes one out. @returns whether there was one. */
  take(): boolean {
    const now = this.#now();
    const more = ((now - this.#filledAt) / 1_000) * limits.messagesPerSecond;
    this.#left = Math.min(limits.messagesAtOnce, this.#left + more);
    this.#filledAt = now;
    if (this.#left < 1) {
      this.#refused += 1;
      return false;
    }
    this.#left -= 1;
    return true;
  }

  /** Whether it is a client that does not mind being refused. */
  get isFlooded(): boolean {
    return this.#refused > limits.refusals;
  }
}
