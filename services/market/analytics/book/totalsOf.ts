import type { DB } from '../database.ts';
import type { BarTotals } from './BarTotals.ts';

/** A row of the table `bar_totals` as the totals that it keeps. */
export function totalsOf(row: DB['bar_totals']): BarTotals {
  const { length_us, corrected_count, first_us, last_us, ...totals } = row;
  return {
    ...totals,
    lengthUs: length_us,
    correctedCount: corrected_count,
    firstUs: first_us,
    lastUs: last_us,
  };
}
