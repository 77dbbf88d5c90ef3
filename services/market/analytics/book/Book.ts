import type { TickBatch } from '@weft/proto/market/v1/market_data';
import { type Micros, microsFromTimestamp } from '../../../kit/time.ts';
import { type AssetRecord, AssetTotals } from './AssetTotals.ts';
import type { CandleDelta } from './CandleDelta.ts';

/** What a book has gathered since the last `take`. */
export interface Changes {
  /** The new totals of each changed asset, and how many ticks it had before. */
  readonly assets: readonly { readonly previousCount: number; readonly record: AssetRecord }[];
  readonly candles: readonly CandleDelta[];
}

/** All assets in memory. Ticks are applied at once; what changed is taken from time to time and stored. */
export class Book {
  readonly #assets = new Map<string, AssetTotals>();
  #changed = new Set<AssetTotals>();

  /** @param records The totals to go on from. */
  constructor(records: Iterable<AssetRecord> = []) {
    for (const record of records) this.#assets.set(record.symbol, AssetTotals.from(record));
  }

  /**
   * Applies the ticks of a checked batch, in order.
   *
   * @param start Index of the first tick to apply: those before it are passed over.
   */
  applyTicks(batch: TickBatch, start = 0): void {
    const { symbols, symbolIndex, price, size, ageUs } = batch;
    const latestUs: Micros = microsFromTimestamp(batch.latestEventTime ?? NO_TIME);
    const assets: (AssetTotals | undefined)[] = new Array(symbols.length).fill(undefined);
    for (let i = start; i < price.length; i++) {
      const index = symbolIndex[i] as number;
      let asset = assets[index];
      if (asset === undefined) {
        asset = this.#change(symbols[index] as string);
        assets[index] = asset;
      }
      asset.applyTick(price[i] as number, size[i] as number, latestUs - (ageUs[i] as number));
    }
  }

  /** The changes since this was last called, as they stand now. */
  take(): Changes {
    const assets: { previousCount: number; record: AssetRecord }[] = [];
    const candles: CandleDelta[] = [];
    for (const asset of this.#changed) {
      assets.push({ previousCount: asset.takenCount, record: asset.record() });
      asset.takenCount = asset.count;
      for (const candle of asset.takeCandles()) candles.push(candle);
    }
    this.#changed = new Set();
    return { assets, candles };
  }

  #change(symbol: string): AssetTotals {
    let asset = this.#assets.get(symbol);
    if (asset === undefined) {
      asset = new AssetTotals(symbol);
      this.#assets.set(symbol, asset);
    }
    this.#changed.add(asset);
    return asset;
  }
}

const NO_TIME = { seconds: 0, nanos: 0 };
