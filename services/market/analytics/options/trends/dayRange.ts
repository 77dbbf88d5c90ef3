import { invalidArgument } from '../../../../kit/invalidArgument.ts';
import { Temporal } from '../../../../kit/zoned.ts';

/** Days from one on, until before another one; as "2026-11-30". */
export interface DayRange {
  readonly from: string;
  readonly until: string;
}

/** Before and after all days. */
const FIRST = '0000-00-00';
const LAST = '9999-99-99';

/** @throws RpcError INVALID_ARGUMENT for what is no day, and with reason RANGE_REVERSED for a start after the end. */
export function dayRange(startDay: string | undefined, endDay: string | undefined): DayRange {
  const from = checkedDay('start_day', startDay) ?? FIRST;
  const until = checkedDay('end_day', endDay) ?? LAST;
  if (from > until) throw rangeReversed('start_day', 'end_day');
  return { from, until };
}

export function rangeReversed(start: string, end: string): Error {
  return invalidArgument(start, `must not be after ${end}`, 'RANGE_REVERSED');
}

function checkedDay(field: string, day: string | undefined): string | undefined {
  if (day === undefined) return undefined;
  try {
    Temporal.PlainDate.from(day, { overflow: 'reject' });
    return day;
  } catch {
    throw invalidArgument(field, 'must be a day of the calendar, such as 2026-11-30');
  }
}
