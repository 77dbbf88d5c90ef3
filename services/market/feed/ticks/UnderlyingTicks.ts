import { setTimeout as sleep } from 'node:timers/promises';
import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import type { Log } from '../../../kit/Log.ts';
import { microsFromTimestamp } from '../../../kit/time.ts';
import { Wake } from '../../../kit/Wake.ts';
import type { Pace } from '../../ticks/Pace.ts';
import type { TickSource } from '../../ticks/TickSource.ts';
import { TickColumns, type Ticks } from '../../ticks/Ticks.ts';

export interface UnderlyingTicksOptions {
  readonly product: string;
  /** The chains of the product behind a number that the stream has, in order; ends with the newest. */
  readonly chainsBehind: (sequence: number) => AsyncIterable<ChainUpdated>;
  readonly log: Log;
}

/** Chains that are remembered: those before are read from the stream. */
const REMEMBERED = 4_096;
const RETRY_MS = 1_000;
const LOOK_EVERY_MS = 60_000;

/**
 * The prices of a product's underlying as ticks: one of each chain, and with its number, so that the same number means the same
 * tick whichever instance sends it.
 */
export class UnderlyingTicks implements TickSource {
  readonly #options: UnderlyingTicksOptions;
  readonly #wake = new Wake();
  /** Without gaps. */
  #recent: ChainTick[] = [];

  constructor(options: UnderlyingTicksOptions) {
    this.#options = options;
  }

  /** A chain is in the stream now. */
  add(chain: ChainUpdated): void {
    this.#recent.push(tickOf(chain));
    if (this.#recent.length >= 2 * REMEMBERED) this.#recent = this.#recent.slice(-REMEMBERED);
    this.#wake.call();
  }

  async *ticks(after: number, _pace: Pace, signal: AbortSignal): AsyncGenerator<Ticks, void> {
    const { product, log } = this.#options;
    let last = after;
    // Who has made the market before may have left some unsent.
    let mayLack = true;
    while (!signal.aborted) {
      const woken = this.#wake.next(LOOK_EVERY_MS, signal);
      try {
        const oldest = this.#recent[0]?.sequence;
        if (oldest === undefined ? mayLack : oldest > last + 1) {
          for await (const chain of this.#options.chainsBehind(last)) {
            if (signal.aborted) return;
            this.#noteGap(last, chain.sequence);
            yield columnsOf([tickOf(chain)]);
            last = chain.sequence;
          }
          mayLack = false;
        }
        const next = this.#rememberedBehind(last);
        const [first] = next;
        if (first) {
          this.#noteGap(last, first.sequence);
          yield columnsOf(next);
          last = next.at(-1)?.sequence ?? last;
        } else {
          await woken;
        }
      } catch (err) {
        if (signal.aborted) return;
        log.warn({ err, product }, 'chains cannot be read for their ticks');
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  #rememberedBehind(last: number): readonly ChainTick[] {
    const [oldest] = this.#recent;
    return oldest ? this.#recent.slice(Math.max(last + 1 - oldest.sequence, 0)) : [];
  }

  #noteGap(last: number, next: number): void {
    if (next === last + 1) return;
    const { product, log } = this.#options;
    log.warn({ product, from: last + 1, to: next - 1 }, 'the stream has these chains no more');
  }
}

interface ChainTick {
  readonly sequence: number;
  readonly price: number;
  readonly size: number;
  readonly atUs: number;
}

function tickOf({ sequence, underlyingPrice, underlyingVolume, marketTime }: ChainUpdated) {
  if (!marketTime) throw new Error(`chain ${sequence} has no time`);
  const tick: ChainTick = {
    ...{ sequence, price: underlyingPrice, size: underlyingVolume },
    atUs: microsFromTimestamp(marketTime),
  };
  return tick;
}

function columnsOf(ticks: readonly ChainTick[]): Ticks {
  const columns = new TickColumns();
  for (const { sequence, price, size, atUs } of ticks) columns.push(sequence, price, size, atUs);
  return columns;
}
