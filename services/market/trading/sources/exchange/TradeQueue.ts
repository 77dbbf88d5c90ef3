import { type BatchBuffer, Batches } from '@weft/mesh/runtime';
import type { Log } from '../../../../kit/Log.ts';
import { MAX_TICKS_PER_BATCH } from '../../../ticks/Pace.ts';
import { TickColumns, type Ticks } from '../../../ticks/Ticks.ts';
import type { Trade } from './tickerMessage.ts';

/** Trades that may wait for the receiver: hours of a busy market, some 10 MB. */
const MAX_WAITING = 200_000;

/** Trades that have come and were not taken yet: batches of what piled up. */
export class TradeQueue implements AsyncIterable<Ticks> {
  readonly #log: Log;
  readonly #batches = new Batches<Trade, Ticks>({
    maxBatchSize: MAX_TICKS_PER_BATCH,
    capacity: MAX_WAITING,
    buffer: new TradeColumns(),
  });
  #last: number;
  #overflowing = false;

  /** @param after Trades up to this number are known already. */
  constructor(after: number, log: Log) {
    this.#last = after;
    this.#log = log;
  }

  /** Each connection begins with the last trade, which may be known. */
  offer(trade: Trade): void {
    if (trade.sequence <= this.#last) return;
    const overflowing = this.#batches.isFull;
    if (overflowing && !this.#overflowing) {
      this.#log.error({ waiting: MAX_WAITING }, 'the receiver is away too long: trades are lost');
    }
    this.#overflowing = overflowing;
    if (overflowing) return;
    this.#last = trade.sequence;
    this.#batches.add(trade);
  }

  /** The reader gets what waits, and then the end. */
  end(): void {
    this.#batches.end();
  }

  /** The reader gets this error at once. */
  fail(error: unknown): void {
    this.#batches.fail(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<Ticks, void> {
    return this.#batches[Symbol.asyncIterator]();
  }
}

/** Trades in the columns that they travel in. */
class TradeColumns implements BatchBuffer<Trade, Ticks> {
  readonly #columns = new TickColumns();

  get length(): number {
    return this.#columns.length;
  }

  push({ sequence, price, size, atUs }: Trade): void {
    this.#columns.push(sequence, price, size, atUs);
  }

  take(max: number): Ticks {
    return this.#columns.shift(max);
  }
}
