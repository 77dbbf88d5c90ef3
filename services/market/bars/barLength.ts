import { type BarLength, CalendarUnit } from '@weft/proto/market/v1/market_data';
import { invalidArgument } from '../../kit/invalidArgument.ts';
import { MICROS_PER_DAY, MICROS_PER_SECOND, type Micros } from '../../kit/time.ts';

/** Lengths that are compared and kept as if each day had 24 hours and each month 31 days. */
export const UNIT_LENGTHS: Readonly<Record<CalendarUnit, Micros>> = {
  [CalendarUnit.UNSPECIFIED]: 0,
  [CalendarUnit.DAY]: MICROS_PER_DAY,
  [CalendarUnit.WEEK]: 7 * MICROS_PER_DAY,
  [CalendarUnit.MONTH]: 31 * MICROS_PER_DAY,
};

const UNITS = [CalendarUnit.DAY, CalendarUnit.WEEK, CalendarUnit.MONTH] as const;
const WORDS: Readonly<Partial<Record<CalendarUnit, string>>> = {
  [CalendarUnit.DAY]: 'a day',
  [CalendarUnit.WEEK]: 'a week',
  [CalendarUnit.MONTH]: 'a month',
};

/**
 * The length that a contract's message says.
 *
 * @param field Path of the message, for the error.
 * @throws RpcError INVALID_ARGUMENT for one that is no whole number of seconds.
 */
export function lengthOf(length: BarLength | undefined, field: string): Micros {
  if (length?.length === undefined) throw invalidArgument(field, 'is missing');
  if (length.length.$case === 'unit') return UNIT_LENGTHS[length.length.value];
  const { seconds, nanos } = length.length.value;
  if (nanos !== 0) throw invalidArgument(`${field}.interval`, 'must be whole seconds');
  return seconds * MICROS_PER_SECOND;
}

/** A length as a contract's message. */
export function barLengthOf(lengthUs: Micros): BarLength {
  const unit = unitOf(lengthUs);
  if (unit !== undefined) return { length: { $case: 'unit', value: unit } };
  const interval = { seconds: lengthUs / MICROS_PER_SECOND, nanos: 0 };
  return { length: { $case: 'interval', value: interval } };
}

/** In words, such as "a day" or "300 s". */
export function describeLength(lengthUs: Micros): string {
  const unit = unitOf(lengthUs);
  const words = unit === undefined ? undefined : WORDS[unit];
  return words ?? `${lengthUs / MICROS_PER_SECOND} s`;
}

function unitOf(lengthUs: Micros): CalendarUnit | undefined {
  return UNITS.find((unit) => UNIT_LENGTHS[unit] === lengthUs);
}
