import type { Micros } from '../../../kit/time.ts';
import { CandleDelta } from './CandleDelta.ts';
import { candleStart, STORED_INTERVAL_US } from './candleGrid.ts';

/** What all ticks of an asset amount to. */
export interface AssetRecord {
  readonly symbol: string;
  /** Ticks; 0: none yet. */
  readonly count: number;
  /** Price of the tick with the earliest event time; of several, the one that came first. */
  readonly first: number;
  readonly firstUs: Micros;
  /** Price of the tick with the latest event time; of several, the one that came last. */
  readonly last: number;
  readonly lastUs: Micros;
  readonly high: number;
  readonly low: number;
  /** Sum of price times size. */
  readonly turnover: number;
  /** Sum of sizes. */
  readonly volume: number;
}

/** An asset's running totals, and the candles that it has changed since they were last taken. */
export class AssetTotals {
  readonly symbol: string;
  count = 0;
  first = 0;
  firstUs: Micros = Number.POSITIVE_INFINITY;
  last = 0;
  lastUs: Micros = Number.NEGATIVE_INFINITY;
  high = 0;
  low = Number.POSITIVE_INFINITY;
  turnover = 0;
  volume = 0;
  /** `count` when the changes were last taken: what the database holds, or will after the commit under way. */
  takenCount = 0;
  #candles = new Map<Micros, CandleDelta>();
  #candle: CandleDelta | undefined;

  constructor(symbol: string) {
    this.symbol = symbol;
  }

  /** Goes on from totals that were kept. */
  static from(record: AssetRecord): AssetTotals {
    return Object.assign(new AssetTotals(record.symbol), record, { takenCount: record.count });
  }

  /**
   * Applies one tick. Sums grow tick by tick in the order of arrival, so they end in the same bits
   * however the ticks were cut into batches.
   */
  applyTick(price: number, size: number, atUs: Micros): void {
    this.count++;
    this.turnover += price * size;
    this.volume += size;
    if (price > this.high) this.high = price;
    if (price < this.low) this.low = price;
    if (atUs < this.firstUs) {
      this.firstUs = atUs;
      this.first = price;
    }
    if (atUs >= this.lastUs) {
      this.lastUs = atUs;
      this.last = price;
    }

    let candle = this.#candle;
    if (
      candle === undefined ||
      atUs < candle.startUs ||
      atUs >= candle.startUs + STORED_INTERVAL_US
    ) {
      candle = this.#candleAt(atUs);
    }
    candle.count++;
    candle.volume += size;
    if (price > candle.high) candle.high = price;
    if (price < candle.low) candle.low = price;
    if (atUs < candle.openUs) {
      candle.openUs = atUs;
      candle.open = price;
    }
    if (atUs >= candle.closeUs) {
      candle.closeUs = atUs;
      candle.close = price;
    }
  }

  /** The candles changed since this was last called; from now on the next changes are gathered. */
  takeCandles(): Iterable<CandleDelta> {
    const candles = this.#candles.values();
    this.#candles = new Map();
    this.#candle = undefined;
    return candles;
  }

  record(): AssetRecord {
    const { symbol, count, first, firstUs, last, lastUs, high, low, turnover, volume } = this;
    return { symbol, count, first, firstUs, last, lastUs, high, low, turnover, volume };
  }

  #candleAt(atUs: Micros): CandleDelta {
    const startUs = candleStart(atUs, STORED_INTERVAL_US);
    let candle = this.#candles.get(startUs);
    if (candle === undefined) {
      candle = new CandleDelta(this.symbol, startUs);
      this.#candles.set(startUs, candle);
    }
    this.#candle = candle;
    return candle;
  }
}
