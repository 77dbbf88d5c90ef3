import { MICROS_PER_SECOND, type Micros } from '../../../../kit/time.ts';
import { Temporal } from '../../../../kit/zoned.ts';

/** Clocks are set forward and back at whole quarters of an hour, and not within one. */
const QUARTER_US: Micros = 900 * MICROS_PER_SECOND;

/** Tells the instants that a zone's clocks show. What they leave out is an hour later, what they show twice the first. */
export class WallClock {
  readonly #timeZone: string;
  #quarter = Number.NaN;
  #offsetUs = 0;

  /**
   * @param timeZone IANA name; empty: UTC.
   * @throws RangeError for a zone that there is not.
   */
  constructor(timeZone: string) {
    this.#timeZone = timeZone || 'UTC';
    // Throws for a zone that there is not.
    this.instant(0);
  }

  /** @param wallUs What the clock shows, as if it hung in Greenwich. */
  instant(wallUs: Micros): Micros {
    if (this.#timeZone === 'UTC') return wallUs;
    const quarter = Math.floor(wallUs / QUARTER_US);
    if (quarter !== this.#quarter) {
      const quarterMs = (quarter * QUARTER_US) / 1_000;
      const shown = Temporal.Instant.fromEpochMilliseconds(quarterMs)
        .toZonedDateTimeISO('UTC')
        .toPlainDateTime();
      const { epochMilliseconds } = shown.toZonedDateTime(this.#timeZone);
      this.#offsetUs = (quarterMs - epochMilliseconds) * 1_000;
      this.#quarter = quarter;
    }
    return wallUs - this.#offsetUs;
  }
}
