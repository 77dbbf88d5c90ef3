import type { Log } from '../../../kit/Log.ts';
import { MOST_TICKS_PER_BATCH } from '../Pace.ts';
import { TickColumns, type Ticks } from '../Ticks.ts';
import type { Trade } from './tickerMessage.ts';

/** Trades that may wait for the receiver: hours of a busy market, some 10 MB. */
const MOST_WAITING = 200_000;

/** Trades that have come and were not taken yet. */
export class TradeQueue {
  readonly #log: Log;
  #last: number;
  #waiting = new TickColumns();
  #overflowing = false;
  #ended = false;
  #error: { readonly cause: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** @param after Trades up to this number are known already. */
  constructor(after: number, log: Log) {
    this.#last = after;
    this.#log = log;
  }

  /** Each connection begins with the last trade, which may be known. */
  add({ sequence, price, size, atUs }: Trade): void {
    if (sequence <= this.#last) return;
    const overflowing = this.#waiting.length >= MOST_WAITING;
    if (overflowing && !this.#overflowing) {
      this.#log.error({ waiting: MOST_WAITING }, 'the receiver is away too long: trades are lost');
    }
    this.#overflowing = overflowing;
    if (overflowing) return;
    this.#last = sequence;
    this.#waiting.push(sequence, price, size, atUs);
    this.#wake?.();
  }

  end(error?: unknown): void {
    this.#ended = true;
    if (error !== undefined) this.#error = { cause: error };
    this.#wake?.();
  }

  /** What waits, when something does; undefined after the end. */
  async take(): Promise<Ticks | undefined> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#error) throw this.#error.cause;
    return this.#waiting.length > 0 ? this.#waiting.shift(MOST_TICKS_PER_BATCH) : undefined;
  }
}
