import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import type { BarBatch, TickBatch } from '@weft/proto/market/v1/market_data';
import { type Micros, microsFromTimestamp } from '../../../kit/time.ts';
import { describeLength, lengthOf } from '../../bars/barLength.ts';
import { type AssetRecord, AssetTotals } from './AssetTotals.ts';
import { barsOf } from './Bar.ts';
import type { CandleDelta } from './CandleDelta.ts';
import type { SentBar } from './writeBars.ts';

/** What a book has gathered since the last `take`. */
export interface Changes {
  /** The new totals of each changed asset, and how many ticks it had before. */
  readonly assets: readonly { readonly previousCount: number; readonly record: AssetRecord }[];
  readonly candles: readonly CandleDelta[];
  /** In the order in which they came. */
  readonly bars: readonly SentBar[];
}

/**
 * All assets in memory. Ticks are applied at once; what changed is taken from time to time and stored. Bars are gathered:
 * whether one is new, the database knows.
 */
export class Book {
  readonly #assets = new Map<string, AssetTotals>();
  #changed = new Set<AssetTotals>();
  readonly #barLengths = new Map<string, Micros>();
  #bars: SentBar[] = [];

  /**
   * @param records The totals to go on from.
   * @param bars Assets that have bars, and how long those are.
   */
  constructor(
    records: Iterable<AssetRecord> = [],
    bars: Iterable<{ readonly symbol: string; readonly lengthUs: Micros }> = [],
  ) {
    for (const record of records) this.#assets.set(record.symbol, AssetTotals.from(record));
    for (const { symbol, lengthUs } of bars) this.#barLengths.set(symbol, lengthUs);
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

  /**
   * Takes in the bars of a checked batch, in order.
   *
   * @param source Name of where they come from.
   * @param start Index of the first to take: those before it are passed over.
   * @throws RpcError FAILED_PRECONDITION for bars of another length than the asset's; none of them is taken.
   */
  applyBars(batch: BarBatch, source: string, start: number): void {
    const { assetSymbol, length } = batch;
    const lengthUs = lengthOf(length, 'bars.length');
    const knownUs = this.#barLengths.get(assetSymbol);
    if (knownUs !== undefined && knownUs !== lengthUs) {
      throw new RpcError(
        Status.FAILED_PRECONDITION,
        `${assetSymbol} has bars of ${describeLength(knownUs)}: those of ${describeLength(lengthUs)} need a symbol of their own`,
        { details: [errorInfo('BAR_LENGTH_OTHER', { assetSymbol })] },
      );
    }
    this.#barLengths.set(assetSymbol, lengthUs);
    for (const bar of barsOf(batch, start)) this.#bars.push({ bar, lengthUs, source });
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
    const bars = this.#bars;
    this.#bars = [];
    return { assets, candles, bars };
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
