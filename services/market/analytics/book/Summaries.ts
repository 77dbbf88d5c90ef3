import type { AssetSummary } from '@weft/proto/market/v1/analytics';
import { Watchers } from '../../../kit/Watchers.ts';
import type { AssetRecord } from './AssetTotals.ts';
import type { BarTotals } from './BarTotals.ts';
import { Market } from './Market.ts';
import { summaryOf } from './summaryOf.ts';
import type { Totals } from './Totals.ts';

/** The committed totals of all assets, and who wants to hear of changes. */
export class Summaries {
  readonly #totals = new Map<string, Totals>();
  readonly #watchers = new Watchers<string, AssetSummary | undefined>();
  /** All assets together. */
  readonly market = new Market(this.#totals);

  /** The asset's summary; undefined when no tick and no bar has named the symbol. */
  get(symbol: string): AssetSummary | undefined {
    const totals = this.#totals.get(symbol);
    return totals && summaryOf(totals.ticks, totals.bars);
  }

  /** Takes in what has been committed and tells the watchers. */
  publish(ticks: Iterable<AssetRecord>, bars: Iterable<BarTotals> = []): void {
    for (const record of ticks) this.#put(record.symbol, { ticks: record });
    for (const totals of bars) this.#put(totals.symbol, { bars: totals });
  }

  #put(symbol: string, changed: Totals): void {
    const before = this.#totals.get(symbol);
    const totals = { ...before, ...changed };
    this.#totals.set(symbol, totals);
    this.#watchers.notify(symbol, () => summaryOf(totals.ticks, totals.bars));
    this.market.add(
      countOf(totals) - countOf(before),
      correctionsOf(totals) - correctionsOf(before),
    );
  }

  /**
   * The asset's summary now, if there is one, and after each commit that changes it, until `signal` aborts; after a while
   * without one the same again, or undefined.
   *
   * @param after Revision of a summary that does not have to come at once.
   */
  watch(
    symbol: string,
    signal: AbortSignal,
    after?: string,
  ): AsyncGenerator<AssetSummary | undefined, void> {
    const begin = (summaries: { put(summary: AssetSummary): void }) => {
      const current = this.get(symbol);
      if (current && revisionOf(current) !== after) summaries.put(current);
    };
    return this.#watchers.watch(symbol, signal, begin, () => this.get(symbol));
  }
}

/** Ticks, bars and corrections are only ever added: no two states of an asset have the same numbers of them. */
export function revisionOf({ count, barCount, correctedBarCount }: AssetSummary): string {
  return barCount ? `${count}-${barCount}-${correctedBarCount ?? 0}` : String(count);
}

function countOf(totals: Totals | undefined): number {
  return (totals?.ticks?.count ?? 0) + (totals?.bars?.count ?? 0);
}

function correctionsOf(totals: Totals | undefined): number {
  return totals?.bars?.correctedCount ?? 0;
}
