import { CalendarUnit } from '@weft/proto/market/v1/market_data';
import { MICROS_PER_DAY, type Micros } from '../../../../kit/time.ts';
import { describeLength, UNIT_LENGTHS } from '../../../bars/barLength.ts';
import type { Row } from './RowReader.ts';

const WEEK_US = UNIT_LENGTHS[CalendarUnit.WEEK];
const MONTH_US = UNIT_LENGTHS[CalendarUnit.MONTH];
/** A day, a week or a month of a zone whose clocks are set forward, or that a holiday begins late. */
const SHORTEST_US = new Map<Micros, Micros>([
  [MICROS_PER_DAY, (22 / 24) * MICROS_PER_DAY],
  [WEEK_US, 4 * MICROS_PER_DAY],
  [MONTH_US, 25 * MICROS_PER_DAY],
]);

/** Finds rows that do not go with the one before them: a file's times are written alike, and its bars do not overlap. */
export class RowOrder {
  readonly #barLengthUs: Micros;
  #before: Row | undefined;

  /** @param barLengthUs 0 for ticks, which may be as close as they like. */
  constructor(barLengthUs: Micros) {
    this.#barLengthUs = barLengthUs;
  }

  /** What is wrong with the row that comes next, if anything is. */
  problemOf(row: Row): string | undefined {
    const before = this.#before;
    if (before === undefined) {
      this.#before = row;
      return undefined;
    }
    if (row.form !== before.form) {
      return `the time is a ${row.form}, those before it are a ${before.form}`;
    }
    if (this.#barLengthUs > 0) {
      const stepUs = Math.abs(row.wallUs - before.wallUs);
      const isSame = row.prices.every((price, i) => price === before.prices[i]);
      if (stepUs === 0 && !(isSame && row.size === before.size)) {
        return 'the row before it has the same time and other figures';
      }
      if (stepUs > 0 && this.#overlaps(row, before, stepUs)) {
        return `starts within the bar of the row before it, which is of ${describeLength(this.#barLengthUs)}`;
      }
    }
    this.#before = row;
    return undefined;
  }

  #overlaps(row: Row, before: Row, stepUs: Micros): boolean {
    const lengthUs = this.#barLengthUs;
    if (stepUs < (SHORTEST_US.get(lengthUs) ?? lengthUs)) return true;
    if (lengthUs === WEEK_US) return weekOf(row.wallUs) === weekOf(before.wallUs);
    if (lengthUs === MONTH_US) return monthOf(row.wallUs) === monthOf(before.wallUs);
    return false;
  }
}

/** Midnight in a zone may be shown as the evening before by the clock that wrote the file. */
const NOON_US = MICROS_PER_DAY / 2;

/** Number of the week, from Monday on. */
function weekOf(wallUs: Micros): number {
  return Math.floor((wallUs + NOON_US + 3 * MICROS_PER_DAY) / WEEK_US);
}

/** Number of the month. */
function monthOf(wallUs: Micros): number {
  const date = new Date((wallUs + NOON_US) / 1_000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
