import { Temporal } from '../../../kit/zoned.ts';
import { nthWeekday } from './holidays.ts';
import type { TradingCalendar } from './TradingCalendar.ts';

/** A day on which options expire. */
export interface ExpiryDate {
  /** Such as "2026-12-18". */
  readonly date: string;
  readonly kind: 'weekly' | 'monthly';
}

const FRIDAY = 5;
const THIRD = 3;

/**
 * The days on which options expire, the nearest first, from a day on: the third Friday of each month, and all other Fridays;
 * where a Friday is no trading day, the one before it.
 *
 * @param from The first that counts.
 * @param counts How many of each there are to be.
 */
export function expiryDates(
  calendar: TradingCalendar,
  from: string,
  counts: { readonly weekly: number; readonly monthly: number },
): ExpiryDate[] {
  const begin = Temporal.PlainDate.from(from);
  const dates: ExpiryDate[] = [];
  const take = (kind: ExpiryDate['kind'], fridays: Iterable<Temporal.PlainDate>) => {
    let left = counts[kind];
    for (const friday of fridays) {
      if (left === 0) return;
      const date = calendar.tradingDayUpTo(friday);
      if (Temporal.PlainDate.compare(date, begin) < 0) continue;
      dates.push({ date: date.toString(), kind });
      left -= 1;
    }
  };
  take('weekly', otherFridays(begin));
  take('monthly', thirdFridays(begin));
  return dates.sort((one, other) => (one.date < other.date ? -1 : 1));
}

function* thirdFridays(from: Temporal.PlainDate): Generator<Temporal.PlainDate> {
  for (let month = from.toPlainYearMonth(); ; month = month.add({ months: 1 })) {
    yield nthWeekday(month.year, month.month, FRIDAY, THIRD);
  }
}

function* otherFridays(from: Temporal.PlainDate): Generator<Temporal.PlainDate> {
  const first = from.add({ days: (FRIDAY - from.dayOfWeek + 7) % 7 });
  for (let friday = first; ; friday = friday.add({ days: 7 })) {
    const third = nthWeekday(friday.year, friday.month, FRIDAY, THIRD);
    if (!friday.equals(third)) yield friday;
  }
}
