/** All calls so far. */
export interface Tally {
  readonly calls: number;
  readonly failed: number;
  /** Calls that were due while too many were under way, and were not made. */
  readonly heldBack: number;
  /** The first failures, in words. */
  readonly failures: readonly string[];
}

/** Further failures are only counted: a tally stays small. */
const FAILURES_TOLD = 10;
/** A machine that is too slow for the rate gets fewer calls, not ever longer queues. */
const MOST_UNDER_WAY = 100;
const TURN_MS = 5;

/** Makes calls at a steady rate until it is stopped. */
export class SteadyCalls {
  readonly #call: (number: number) => Promise<void>;
  readonly #underWay = new Set<Promise<void>>();
  readonly #failures: string[] = [];
  readonly #timer: NodeJS.Timeout;
  #calls = 0;
  #failed = 0;
  #heldBack = 0;

  /** @param call Makes one call, and rejects when it fails; numbers start at 1. */
  constructor(callsPerSecond: number, call: (number: number) => Promise<void>) {
    this.#call = call;
    const start = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - start) / 1_000) * callsPerSecond;
      while (this.#calls + this.#heldBack < due) {
        if (this.#underWay.size < MOST_UNDER_WAY) this.#begin();
        else this.#heldBack++;
      }
    }, TURN_MS);
  }

  get tally(): Tally {
    return {
      calls: this.#calls,
      failed: this.#failed,
      heldBack: this.#heldBack,
      failures: this.#failures,
    };
  }

  /** Resolves when all calls have been answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  #begin(): void {
    this.#calls++;
    const one: Promise<void> = this.#record().finally(() => this.#underWay.delete(one));
    this.#underWay.add(one);
  }

  async #record(): Promise<void> {
    const sentAt = new Date();
    try {
      await this.#call(this.#calls);
    } catch (error) {
      this.#failed++;
      if (this.#failures.length === FAILURES_TOLD) return;
      const tookMs = Date.now() - sentAt.getTime();
      this.#failures.push(`${sentAt.toISOString()}, after ${tookMs} ms: ${error}`);
    }
  }
}
