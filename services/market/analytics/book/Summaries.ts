import type { AssetSummary } from '@weft/proto/market/v1/analytics';
import { timestampFromMicros } from '../../../kit/time.ts';
import { Watchers } from '../../../kit/Watchers.ts';
import type { AssetRecord } from './AssetTotals.ts';

/** The committed totals of all assets, and who wants to hear of changes. */
export class Summaries {
  readonly #records = new Map<string, AssetRecord>();
  readonly #watchers = new Watchers<string, AssetSummary>();

  /** The asset's summary; undefined when no tick has named the symbol. */
  get(symbol: string): AssetSummary | undefined {
    const record = this.#records.get(symbol);
    return record && summaryOf(record);
  }

  /** Takes in what has been committed and tells the watchers. */
  publish(records: Iterable<AssetRecord>): void {
    for (const record of records) {
      this.#records.set(record.symbol, record);
      this.#watchers.notify(record.symbol, () => summaryOf(record));
    }
  }

  /** The asset's summary now, if there is one, and after each commit that changes it, until `signal` aborts. */
  watch(symbol: string, signal: AbortSignal): AsyncGenerator<AssetSummary, void> {
    return this.#watchers.watch(symbol, signal, (summaries) => {
      const current = this.get(symbol);
      if (current) summaries.put(current);
    });
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
