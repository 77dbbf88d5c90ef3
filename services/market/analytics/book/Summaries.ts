import type { AssetSummary } from '@weft/proto/market/v1/analytics';
import { Latest } from '../../../kit/Latest.ts';
import { timestampFromMicros } from '../../../kit/time.ts';
import type { AssetRecord } from './AssetTotals.ts';

/** The committed totals of all assets, and who wants to hear of changes. */
export class Summaries {
  readonly #records = new Map<string, AssetRecord>();
  readonly #watchers = new Map<string, Set<Latest<AssetSummary>>>();

  /** The asset's summary; undefined when no tick has named the symbol. */
  get(symbol: string): AssetSummary | undefined {
    const record = this.#records.get(symbol);
    return record && summaryOf(record);
  }

  /** Takes in what has been committed and tells the watchers. */
  publish(records: Iterable<AssetRecord>): void {
    for (const record of records) {
      this.#records.set(record.symbol, record);
      const watchers = this.#watchers.get(record.symbol);
      if (watchers === undefined) continue;
      const summary = summaryOf(record);
      for (const watcher of watchers) watcher.put(summary);
    }
  }

  /** The asset's summary now, if there is one, and after each commit that changes it, until `signal` aborts. */
  async *watch(symbol: string, signal: AbortSignal): AsyncGenerator<AssetSummary, void> {
    const changes = new Latest<AssetSummary>();
    const current = this.get(symbol);
    if (current) changes.put(current);
    const watchers = this.#watchers.get(symbol) ?? new Set();
    this.#watchers.set(symbol, watchers.add(changes));
    const end = () => changes.end();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    try {
      yield* changes;
    } finally {
      signal.removeEventListener('abort', end);
      watchers.delete(changes);
      if (watchers.size === 0) this.#watchers.delete(symbol);
    }
  }
}

/** A record as the contract shows it. */
export function summaryOf(record: AssetRecord): AssetSummary {
  const { symbol, count, first, last, high, low, volume, turnover } = record;
  return {
    assetSymbol: symbol,
    count,
    first,
    last,
    high,
    low,
    vwap: volume === 0 ? 0 : turnover / volume,
    volume,
    fromTime: timestampFromMicros(record.firstUs),
    toTime: timestampFromMicros(record.lastUs),
  };
}
