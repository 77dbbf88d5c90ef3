import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { microsFromTimestamp } from '../../kit/time.ts';
import { Temporal } from '../../kit/zoned.ts';
import { MarketClock } from './calendar/MarketClock.ts';
import { TradingCalendar } from './calendar/TradingCalendar.ts';
import { nextChain } from './chain/nextChain.ts';
import type { MarketSettings, ProductSettings } from './settings/marketSchema.ts';

/** What moves at one moment of the market. */
export interface Round {
  /** The moment: milliseconds since the epoch. */
  readonly ms: number;
  /** In the order of their products' symbols. */
  readonly chains: readonly ChainUpdated[];
}

interface Traded {
  readonly settings: ProductSettings;
  readonly calendar: TradingCalendar;
}

/**
 * All products under one clock. What comes next follows from the settings and the last chain of each product: the same market is
 * made again by whoever has these.
 */
export class Market {
  readonly #products: readonly Traded[];
  readonly #clock: MarketClock;
  readonly #startMs: number;
  readonly #stepMs: number;
  readonly #chains = new Map<string, ChainUpdated>();

  /** @param chains The last one of each product that has any. */
  constructor({ start, stepSeconds, products }: MarketSettings, chains: Iterable<ChainUpdated>) {
    this.#products = products
      .map((settings) => ({ settings, calendar: new TradingCalendar(settings.hours) }))
      .sort((one, other) => (one.settings.symbol < other.settings.symbol ? -1 : 1));
    this.#stepMs = Math.round(stepSeconds * 1_000);
    this.#clock = new MarketClock(
      this.#products.map(({ calendar }) => calendar),
      this.#stepMs,
    );
    const first = Temporal.PlainDate.from(start);
    this.#startMs = Math.min(
      ...products.map(({ hours }) => first.toZonedDateTime(hours.zone).epochMilliseconds),
    );
    for (const chain of chains) this.#chains.set(chain.product, chain);
  }

  /** The last chain of each product. */
  get chains(): Iterable<ChainUpdated> {
    return this.#chains.values();
  }

  /** What moves next. Where a moment has not been told to its end, that is the rest of it. */
  next(epoch: number): Round {
    const known = [...this.#chains.values()].map(momentOf);
    const latest = known.length > 0 ? Math.max(...known) : this.#startMs - 1;
    const rest = known.length > 0 ? this.#movesAt(latest) : [];
    const ms = rest.length > 0 ? latest : this.#clock.after(latest);
    const moving = rest.length > 0 ? rest : this.#movesAt(ms);
    const step = { ms, stepMs: this.#stepMs, epoch };
    const chains = moving.map(({ settings, calendar }) =>
      nextChain(settings, calendar, this.#chains.get(settings.symbol), step),
    );
    return { ms, chains };
  }

  /** Goes on from a round that has been told. */
  take({ chains }: Round): void {
    for (const chain of chains) this.#chains.set(chain.product, chain);
  }

  /** Those who move at a moment, and have not. */
  #movesAt(ms: number): Traded[] {
    return this.#products.filter(({ settings, calendar }) => {
      const chain = this.#chains.get(settings.symbol);
      return this.#clock.movesAt(calendar, ms) && (!chain || momentOf(chain) < ms);
    });
  }
}

/** In milliseconds since the epoch. */
export function momentOf({ marketTime }: ChainUpdated): number {
  return marketTime ? microsFromTimestamp(marketTime) / 1_000 : Number.NaN;
}
