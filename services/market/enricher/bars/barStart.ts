import { BarPeriod } from '@weft/proto/market/v1/enriched';
import { Temporal } from '../../../kit/zoned.ts';

/** The lengths in which bars are made, the shortest first. */
export const PERIODS: readonly BarPeriod[] = [
  BarPeriod.MINUTE,
  BarPeriod.FIVE_MINUTES,
  BarPeriod.FIFTEEN_MINUTES,
  BarPeriod.DAY,
];

/** A day of a zone. Milliseconds since the epoch; it ends before `endMs`. */
export interface ZoneDay {
  /** Such as "2026-12-18". */
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

const MINUTE_MS = 60_000;
const LENGTHS_MS: ReadonlyMap<BarPeriod, number> = new Map([
  [BarPeriod.MINUTE, MINUTE_MS],
  [BarPeriod.FIVE_MINUTES, 5 * MINUTE_MS],
  [BarPeriod.FIFTEEN_MINUTES, 15 * MINUTE_MS],
]);

/** The last day of each zone that was asked for: mostly it is asked for again. */
const days = new Map<string, ZoneDay>();

/**
 * Start of the bar that a moment belongs to. The clocks of all zones are whole quarters of an hour apart, so that bars of minutes begin
 * at the same moments everywhere.
 *
 * @param ms Milliseconds since the epoch, as is what is answered.
 * @param zone IANA name.
 * @throws RangeError for a zone that is none.
 */
export function barStart(period: BarPeriod, ms: number, zone: string): number {
  const lengthMs = LENGTHS_MS.get(period);
  return lengthMs ? Math.floor(ms / lengthMs) * lengthMs : dayOf(ms, zone).startMs;
}

/** The day there at a moment. @throws RangeError for a zone that is none. */
export function dayOf(ms: number, zone: string): ZoneDay {
  const known = days.get(zone);
  if (known && ms >= known.startMs && ms < known.endMs) return known;
  const start = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).startOfDay();
  const day = {
    name: start.toPlainDate().toString(),
    startMs: start.epochMilliseconds,
    endMs: start.add({ days: 1 }).startOfDay().epochMilliseconds,
  };
  days.set(zone, day);
  return day;
}
