import { setTimeout as sleep } from 'node:timers/promises';

/** At most `burst` queries at once, and `perSecond` in the long run. */
export interface HotLoopLimits {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * Paces one blocking query: an endpoint that never blocks (its index moves all the time, or it ignores
 * the index) must not become a busy loop. A token bucket, as Consul's documentation of blocking queries
 * asks for.
 */
export class HotLoopGuard {
  readonly #limits: HotLoopLimits;
  #tokens: number;
  #filledAt = performance.now();

  constructor(limits: HotLoopLimits = { burst: 20, perSecond: 10 }) {
    this.#limits = limits;
    this.#tokens = limits.burst;
  }

  /** Resolves when the next query may be sent. @throws AbortError when the signal aborts. */
  async pass(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const { burst, perSecond } = this.#limits;
    const refilled = this.#tokens + ((now - this.#filledAt) / 1_000) * perSecond;
    this.#tokens = Math.min(burst, refilled) - 1;
    this.#filledAt = now;
    if (this.#tokens >= 0) return;
    await sleep((-this.#tokens / perSecond) * 1_000, undefined, { signal });
  }
}
