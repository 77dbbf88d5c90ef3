import { type BarLength, CalendarUnit } from '@weft/proto/market/v1/market_data';
import { InvalidArgumentError } from 'commander';
import { MICROS_PER_SECOND } from '../../../kit/time.ts';
import { barLengthOf } from '../../bars/barLength.ts';

const LENGTH = /^([1-9]\d{0,4})(s|m|h)$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };
const UNITS: Readonly<Record<string, CalendarUnit>> = {
  '1d': CalendarUnit.DAY,
  '1w': CalendarUnit.WEEK,
  '1mo': CalendarUnit.MONTH,
};

/**
 * Reads the length of bars as people write it: 30s, 5m, 1h, 1d, 1w, 1mo.
 *
 * @throws InvalidArgumentError for what is none, a day in seconds included.
 */
export function barOption(text: string): BarLength {
  const unit = UNITS[text];
  if (unit !== undefined) return { length: { $case: 'unit', value: unit } };
  const [, count, letter = ''] = LENGTH.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[letter] ?? Number.NaN);
  if (!(seconds < 86_400)) {
    throw new InvalidArgumentError('It is 1s to 23h, such as 30s, 5m or 1h; or 1d, 1w, 1mo.');
  }
  return barLengthOf(seconds * MICROS_PER_SECOND);
}
