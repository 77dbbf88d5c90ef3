import type { Micros } from '../../../../kit/time.ts';
import type { Row } from './RowReader.ts';

export const TICKS_PER_BAR = 4;

/**
 * Makes a bar's ticks: open, high, low and close, each with a quarter of the volume, at 0, 1/3, 2/3 and the last
 * microsecond of the interval, so that the candle of the interval is the bar again.
 *
 * @param latestUs A bar that had not ended then has no ticks after it.
 */
export function splitBar(
  { atUs, prices, size }: Row,
  intervalUs: Micros,
  latestUs: Micros,
  emit: (price: number, size: number, atUs: Micros) => void,
): void {
  const [open, high, low, close] = prices as [number, number, number, number];
  const quarter = size / TICKS_PER_BAR;
  const third = Math.floor(intervalUs / 3);
  emit(open, quarter, atUs);
  emit(high, quarter, Math.min(atUs + third, latestUs));
  emit(low, quarter, Math.min(atUs + 2 * third, latestUs));
  emit(close, quarter, Math.min(atUs + intervalUs - 1, latestUs));
}
