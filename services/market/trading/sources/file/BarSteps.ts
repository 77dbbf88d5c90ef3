import { CalendarUnit } from '@weft/proto/market/v1/market_data';
import { MICROS_PER_DAY, MICROS_PER_SECOND, type Micros } from '../../../../kit/time.ts';
import { UNIT_LENGTHS } from '../../../bars/barLength.ts';
import { SourceError } from '../SourceError.ts';
import type { Row } from './RowReader.ts';

/** A day may have an hour more or less. */
const HOUR_US = 3_600 * MICROS_PER_SECOND;
const LONGEST_STEP_US = UNIT_LENGTHS[CalendarUnit.MONTH] + HOUR_US;
/** A step that is rarer than a tenth of the most frequent one is an exception: a row under way, or one too many. */
const RAREST = 0.1;

/**
 * Finds how long a file's bars are from the steps between rows that follow each other. A step counts if it is a length that
 * bars have: whole seconds that divide a day, a day, a week, a month. Gaps, such as weekends, are other steps.
 */
export class BarSteps {
  readonly #counts = new Map<Micros, number>();
  #before: Row | undefined;
  #haveDatesOnly = true;
  #smallestUs = Number.POSITIVE_INFINITY;

  add(row: Row): void {
    if (row.form !== 'date') this.#haveDatesOnly = false;
    const stepUs = Math.abs(row.wallUs - (this.#before?.wallUs ?? Number.NaN));
    this.#before = row;
    if (!(stepUs > 0)) return;
    this.#smallestUs = Math.min(this.#smallestUs, stepUs);
    const lengthUs = lengthOfStep(stepUs);
    if (lengthUs) this.#counts.set(lengthUs, (this.#counts.get(lengthUs) ?? 0) + 1);
  }

  /**
   * The smallest length that is no exception. Dates without a step that says more are days.
   *
   * @throws SourceError when the times do not tell.
   */
  lengthUs(): Micros {
    const most = Math.max(...this.#counts.values());
    const least = most === 1 ? 1 : Math.max(2, most * RAREST);
    const usual = [...this.#counts].filter(([, count]) => count >= least);
    if (usual.length > 0) return Math.min(...usual.map(([lengthUs]) => lengthUs));
    const isTooLong =
      this.#smallestUs > LONGEST_STEP_US && this.#smallestUs !== Number.POSITIVE_INFINITY;
    if (this.#haveDatesOnly && !isTooLong) return MICROS_PER_DAY;
    throw new SourceError(
      'how long its bars are cannot be told from its times: say it, such as BAR=1d (1s to 12h, 1d, 1w, 1mo)',
    );
  }
}

/** The length of bars that follow each other so; undefined for a gap. */
function lengthOfStep(stepUs: Micros): Micros | undefined {
  if (Math.abs(stepUs - MICROS_PER_DAY) <= HOUR_US) return MICROS_PER_DAY;
  if (Math.abs(stepUs - 7 * MICROS_PER_DAY) <= HOUR_US) return UNIT_LENGTHS[CalendarUnit.WEEK];
  if (stepUs >= 28 * MICROS_PER_DAY - HOUR_US && stepUs <= LONGEST_STEP_US) {
    return UNIT_LENGTHS[CalendarUnit.MONTH];
  }
  const dividesDay = stepUs % MICROS_PER_SECOND === 0 && MICROS_PER_DAY % stepUs === 0;
  return dividesDay ? stepUs : undefined;
}
