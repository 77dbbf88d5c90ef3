import type { TradingCalendar } from './TradingCalendar.ts';

/**
 * The moments at which a market moves: every so often in the sessions of its exchanges, from each one's open on. Between
 * sessions there are none.
 */
export class MarketClock {
  readonly #calendars: readonly TradingCalendar[];
  readonly #stepMs: number;

  /** @param stepMs Between two moments of a session. */
  constructor(calendars: readonly TradingCalendar[], stepMs: number) {
    this.#calendars = calendars;
    this.#stepMs = stepMs;
  }

  /** The next moment after one, in milliseconds since the epoch. */
  after(ms: number): number {
    return Math.min(...this.#calendars.map((calendar) => this.#next(calendar, ms)));
  }

  /** Whether an exchange moves at a moment. */
  movesAt(calendar: TradingCalendar, ms: number): boolean {
    const { openMs } = calendar.sessionFrom(ms);
    return ms >= openMs && (ms - openMs) % this.#stepMs === 0;
  }

  #next(calendar: TradingCalendar, ms: number): number {
    const { openMs, closeMs } = calendar.sessionFrom(ms);
    if (ms < openMs) return openMs;
    const next = openMs + (Math.floor((ms - openMs) / this.#stepMs) + 1) * this.#stepMs;
    return next < closeMs ? next : calendar.sessionFrom(closeMs).openMs;
  }
}
