import { Temporal } from '../../../kit/zoned.ts';

/**
 * When quiet hours that hold now are over; undefined: none hold. They are times of the clock on the wall: one that a change to
 * summer time leaves out is right after the gap, and an hour that comes twice is quiet both times.
 */
export function quietUntil(
  now: Temporal.ZonedDateTime,
  { start, end }: { readonly start: string; readonly end: string },
): Temporal.ZonedDateTime | undefined {
  const [begin, finish] = [Temporal.PlainTime.from(start), Temporal.PlainTime.from(end)];
  const wall = now.toPlainTime();
  const isPast = Temporal.PlainTime.compare(wall, begin) >= 0;
  const isBefore = Temporal.PlainTime.compare(wall, finish) < 0;
  const isOverMidnight = Temporal.PlainTime.compare(begin, finish) > 0;
  const isQuiet = isOverMidnight ? isPast || isBefore : isPast && isBefore;
  return isQuiet ? next(now, finish) : undefined;
}

/** The next time that the clock on the wall says so. */
export function nextAt(now: Temporal.ZonedDateTime, time: string): Temporal.ZonedDateTime {
  return next(now, Temporal.PlainTime.from(time));
}

function next(now: Temporal.ZonedDateTime, time: Temporal.PlainTime): Temporal.ZonedDateTime {
  const zone = now.timeZoneId;
  for (const day of [0, 1, 2]) {
    const date = now.toPlainDate().add({ days: day });
    const at = date.toZonedDateTime({ timeZone: zone, plainTime: time });
    if (Temporal.ZonedDateTime.compare(at, now) > 0) return at;
    // The second of two that are alike.
    const later = date.toPlainDateTime(time).toZonedDateTime(zone, { disambiguation: 'later' });
    if (Temporal.ZonedDateTime.compare(later, now) > 0) return later;
  }
  throw new Error('the day after tomorrow is later than now');
}
