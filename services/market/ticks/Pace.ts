import { setTimeout } from 'node:timers/promises';

/** Most ticks in one batch: 80 kB on the wire, and some 10 ms at full speed. */
export const MAX_TICKS_PER_BATCH = 4_096;

/** A timer cannot be set finer, and a batch each 10 ms is often enough. */
const SHORTEST_WAIT_MS = 10;
/** What was missed by more than this is not made up for. */
const LONGEST_LAG_MS = 1_000;

/** Spreads ticks evenly over time. */
export class Pace {
  readonly #intervalMs: number;
  /** When the next tick is due. */
  #dueMs = performance.now();

  /** @param ticksPerSecond 0: no limit. */
  constructor(ticksPerSecond: number) {
    this.#intervalMs = ticksPerSecond > 0 ? 1_000 / ticksPerSecond : 0;
  }

  /**
   * Waits until a tick is due.
   *
   * @returns how many ticks may go now; 0 when `signal` aborts.
   */
  async take(signal: AbortSignal): Promise<number> {
    if (signal.aborted) return 0;
    if (this.#intervalMs === 0) return MAX_TICKS_PER_BATCH;
    const waitMs = this.#dueMs - performance.now();
    if (waitMs > 0 && !(await sleep(Math.max(waitMs, SHORTEST_WAIT_MS), signal))) return 0;
    const now = performance.now();
    this.#dueMs = Math.max(this.#dueMs, now - LONGEST_LAG_MS);
    const due = Math.floor((now - this.#dueMs) / this.#intervalMs) + 1;
    const count = Math.min(Math.max(due, 1), MAX_TICKS_PER_BATCH);
    this.#dueMs += count * this.#intervalMs;
    return count;
  }
}

/** Whether the time passed without an abort. Waits are cut into pieces that a timer can hold. */
async function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) {
      await setTimeout(Math.min(left, LONGEST_TIMER_MS), undefined, { signal });
    }
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
