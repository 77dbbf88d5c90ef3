import { CalendarUnit } from '@weft/proto/market/v1/market_data';
import { MICROS_PER_DAY, type Micros } from '../../../../kit/time.ts';
import { UNIT_LENGTHS } from '../../../bars/barLength.ts';
import type { Bar } from '../../../ticks/Bars.ts';
import type { Row } from './RowReader.ts';

/**
 * The bar that a row says. It lasts as long as the file's bars do, a month as long as the one that its time lies in.
 *
 * @param latestUs One that had not ended then has lasted so long.
 */
export function barOf(
  { atUs, wallUs, prices, size }: Row,
  lengthUs: Micros,
  latestUs: Micros,
): Bar {
  const isMonth = lengthUs === UNIT_LENGTHS[CalendarUnit.MONTH];
  const wholeUs = isMonth ? daysInMonth(wallUs) * MICROS_PER_DAY : lengthUs;
  return {
    startUs: atUs,
    durationUs: Math.max(1, Math.min(wholeUs, latestUs - atUs)),
    prices: prices as [number, number, number, number],
    volume: size,
  };
}

function daysInMonth(wallUs: Micros): number {
  const date = new Date(wallUs / 1_000);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}
