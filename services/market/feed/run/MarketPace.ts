import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

export interface MarketPaceOptions {
  /** Seconds of the market's clock in a second. */
  readonly timeFactor: number;
  /** Milliseconds of the market's clock between two moments of a session. */
  readonly stepMs: number;
}

/** The longest that a timer may wait: what is further away is looked at again. */
const LONGEST_MS = 60_000;
/** What has been missed is not made up for, but for so much. */
const LATE_MS = 1_000;

/**
 * When the moments of a market come by the real clock: within a session as fast as its factor says, from one to the next without
 * a pause, and never before their time. So a market of the past catches up with the present and goes on at its pace.
 */
export class MarketPace {
  readonly #stepMs: number;
  #dueAt = performance.now();

  constructor({ timeFactor, stepMs }: MarketPaceOptions) {
    this.#stepMs = stepMs / timeFactor;
  }

  /** Resolves when a moment has come, or the signal aborts. @param ms Milliseconds since the epoch. */
  async until(ms: number, signal: AbortSignal): Promise<void> {
    this.#dueAt = Math.max(this.#dueAt + this.#stepMs, performance.now() - LATE_MS);
    // Calls are served between two moments, however fast they come.
    await setImmediate();
    while (!signal.aborted) {
      const left = Math.max(this.#dueAt - performance.now(), ms - Date.now());
      if (left <= 0) return;
      await sleep(Math.min(left, LONGEST_MS), undefined, { signal }).catch(() => {});
    }
  }
}
