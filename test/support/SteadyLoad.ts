import { setTimeout as sleep } from 'node:timers/promises';

/** How the calls of one kind have gone so far. */
export interface Tally {
  /** The failures, as text. */
  readonly failed: readonly string[];
  /** How many have been answered, by who answered. */
  readonly answered: Readonly<Record<string, number>>;
  /** The longest that one of them took, in milliseconds. */
  readonly slowestMs: number;
}

/** One kind of calls. */
export interface Calls {
  /** Makes one. Answers who answered; rejects when the caller would call it failed. */
  readonly call: () => Promise<string>;
  /** How many are under way all the time, each followed by the next. */
  readonly atOnce: number;
}

interface Counts extends Tally {
  readonly failed: string[];
  readonly answered: Record<string, number>;
  slowestMs: number;
}

const PAUSE_MS = 20;

/** Makes calls of several kinds, without a break, until it is stopped. */
export class SteadyLoad<Kind extends string> {
  readonly #tallies: Record<Kind, Counts>;
  readonly #rows: Promise<void>[] = [];
  #isOver = false;

  constructor(kinds: Readonly<Record<Kind, Calls>>) {
    const entries = Object.entries<Calls>(kinds) as [Kind, Calls][];
    this.#tallies = Object.fromEntries(
      entries.map(([kind]) => [kind, { failed: [], answered: {}, slowestMs: 0 }]),
    ) as never;
    for (const [kind, { call, atOnce }] of entries) {
      for (let row = 0; row < atOnce; row++) this.#rows.push(this.#row(kind, call));
    }
  }

  get tallies(): Readonly<Record<Kind, Tally>> {
    return this.#tallies;
  }

  /** Waits for the calls under way. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#rows);
  }

  async #row(kind: Kind, call: () => Promise<string>): Promise<void> {
    const counts = this.#tallies[kind];
    const { failed, answered } = counts;
    while (!this.#isOver) {
      const began = Date.now();
      try {
        const by = await call();
        counts.slowestMs = Math.max(counts.slowestMs, Date.now() - began);
        answered[by] = (answered[by] ?? 0) + 1;
      } catch (error) {
        const when = new Date().toISOString();
        failed.push(`${when}, after ${Date.now() - began} ms: ${error}`);
      }
      await sleep(PAUSE_MS);
    }
  }
}
