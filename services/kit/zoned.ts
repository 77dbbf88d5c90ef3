import { Temporal } from 'temporal-polyfill';
import type { Clock } from './Clock.ts';

export { Temporal };

/**
 * What the calendar and the clock on the wall of a zone say now. Times of the wall become instants by
 * `Temporal.ZonedDateTime.from()`: one that a change to summer time leaves out is an hour later, one that comes twice is the
 * first of the two, unless `disambiguation` says otherwise.
 *
 * @see https://tc39.es/proposal-temporal/docs/ambiguity.html
 * @param zone IANA name, such as "America/New_York".
 * @throws RangeError for a zone that is none.
 */
export function zonedNow(clock: Clock, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(clock.now().getTime()).toZonedDateTimeISO(zone);
}

/** Whether there is such a zone: an IANA name, such as "America/New_York". */
export function isZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
