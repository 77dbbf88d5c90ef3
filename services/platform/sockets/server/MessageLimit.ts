import { TokenBucket } from '../../../kit/TokenBucket.ts';
import { limits } from '../limits.ts';

const BUCKET = {
  requests: limits.messagesAtOnce,
  perMs: (limits.messagesAtOnce / limits.messagesPerSecond) * 1_000,
};

/** How many messages one client may send. */
export class MessageLimit {
  readonly #bucket: TokenBucket;
  #refused = 0;

  /** @param now Milliseconds of a clock that only goes on. Default: that of the process. */
  constructor(now?: () => number) {
    this.#bucket = new TokenBucket(BUCKET, now);
  }

  /** Takes one out. @returns whether there was one. */
  take(): boolean {
    if (this.#bucket.take() === 0) return true;
    this.#refused += 1;
    return false;
  }

  /** Whether it is a client that does not mind being refused. */
  get isFlooded(): boolean {
    return this.#refused > limits.refusals;
  }
}
