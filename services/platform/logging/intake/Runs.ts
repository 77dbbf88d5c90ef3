import { LRUCache } from 'lru-cache';

/** Processes whose last lines are known: a sender that has been silent for longest is forgotten first. */
const MOST = 10_000;

/** How far a process's lines have been taken in: its service, its run, and the place of the last line. */
export type SavedRun = readonly [service: string, run: string, last: number];

interface Run {
  /** Place of the last line that was taken in. */
  last: number;
  busy: Promise<unknown>;
}

/** How far each process's lines have been taken in, so that what is sent again is taken once. */
export class Runs {
  readonly #runs = new LRUCache<string, Run>({ max: MOST });

  /** Of those that are known, for note(); the one that has been silent for longest first. */
  save(): SavedRun[] {
    const saved = this.#runs.dump().map(([key, { value }]): SavedRun => {
      const [service = '', run = ''] = key.split(' ');
      return [service, run, value.last];
    });
    return saved.filter(([, , last]) => last >= 0);
  }

  /** A line that has been taken in. */
  note(service: string, run: string, sequence: number): void {
    const known = this.#of(service, run);
    known.last = Math.max(known.last, sequence);
  }

  /**
   * Takes lines in, one batch of a run after the other.
   *
   * @param first Place of the first line.
   * @param count How many there are.
   * @param take Is told how many of them are known already; when it fails, none counts as taken in.
   */
  async take(
    service: string,
    run: string,
    first: number,
    count: number,
    take: (known: number) => Promise<void>,
  ): Promise<void> {
    const state = this.#of(service, run);
    const turn = state.busy.then(async () => {
      await take(Math.min(Math.max(state.last - first + 1, 0), count));
      state.last = Math.max(state.last, first + count - 1);
    });
    state.busy = turn.catch(() => {});
    await turn;
  }

  #of(service: string, run: string): Run {
    const key = `${service} ${run}`;
    let state = this.#runs.get(key);
    if (!state) {
      state = { last: -1, busy: Promise.resolve() };
      this.#runs.set(key, state);
    }
    return state;
  }
}
