import type { Micros } from '../../../kit/time.ts';
import type { AssetRecord } from './AssetTotals.ts';
import type { BarTotals } from './BarTotals.ts';

/** What is committed of an asset: at least one of the two. */
export interface Totals {
  readonly ticks?: AssetRecord | undefined;
  readonly bars?: BarTotals | undefined;
}

/** Time of the latest tick, or end of the latest bar. */
export function latestUs({ ticks, bars }: Totals): Micros {
  return Math.max(
    ticks?.lastUs ?? Number.NEGATIVE_INFINITY,
    bars?.lastUs ?? Number.NEGATIVE_INFINITY,
  );
}
