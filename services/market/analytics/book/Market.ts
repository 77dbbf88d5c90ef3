import { setTimeout as sleep } from 'node:timers/promises';
import type { WatchMarketResponse } from '@weft/proto/market/v1/market';
import { Watchers } from '../../../kit/Watchers.ts';
import { summaryOf } from './summaryOf.ts';
import { latestUs, type Totals } from './Totals.ts';

/** Assets that are shown. */
const LATEST = 20;
/** A state takes a look at all assets, and goes to everybody who has a socket open. */
const PAUSE_MS = 1_000;

/** All assets together, and who wants to hear of changes. */
export class Market {
  readonly #totals: ReadonlyMap<string, Totals>;
  /** They are told the number of ticks and bars. */
  readonly #watchers = new Watchers<'market', number>();
  #count = 0;
  #corrections = 0;

  /** @param totals Those of all assets that are committed, as they are kept elsewhere. */
  constructor(totals: ReadonlyMap<string, Totals>) {
    this.#totals = totals;
  }

  /** So many ticks and bars have come to the totals, and so many bars have been corrected. */
  add(count: number, corrections = 0): void {
    this.#count += count;
    this.#corrections += corrections;
    this.#watchers.notify('market', () => this.#count);
  }

  get(): WatchMarketResponse {
    return {
      assetCount: this.#totals.size,
      tickCount: this.#count,
      latest: this.#latest().map(({ ticks, bars }) => summaryOf(ticks, bars)),
      revision: this.#revision,
    };
  }

  /**
   * The market now and after changes, at most once a second, until `signal` aborts; after a while without a change the same again.
   *
   * @param after Revision of a state that does not have to come at once.
   */
  async *watch(signal: AbortSignal, after?: string): AsyncGenerator<WatchMarketResponse, void> {
    const begin = (changes: { put(ticks: number): void }) => {
      if (this.#revision !== after) changes.put(this.#count);
    };
    for await (const _ of this.#watchers.watch('market', signal, begin, () => this.#count)) {
      yield this.get();
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Ticks, bars and corrections are only ever added: no two states have the same numbers of them. */
  get #revision(): string {
    return this.#corrections > 0 ? `${this.#count}-${this.#corrections}` : String(this.#count);
  }

  #latest(): readonly Totals[] {
    const latest: Totals[] = [];
    for (const record of this.#totals.values()) {
      const last = latest.at(-1);
      if (latest.length === LATEST && last && compare(last, record) <= 0) continue;
      latest.push(record);
      latest.sort(compare).splice(LATEST);
    }
    return latest;
  }
}

/** The latest event time first. */
function compare(one: Totals, two: Totals): number {
  const laterUs = latestUs(two) - latestUs(one);
  if (laterUs !== 0) return laterUs;
  return symbolOf(one) < symbolOf(two) ? -1 : 1;
}

function symbolOf({ ticks, bars }: Totals): string {
  return (ticks ?? bars)?.symbol ?? '';
}
