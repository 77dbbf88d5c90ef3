import type { BarBatch } from '@weft/proto/market/v1/market_data';
import { timestampFromMicros } from '../../kit/time.ts';
import { barLengthOf } from '../bars/barLength.ts';
import type { Bars } from './Bars.ts';

/** Bars as the contract carries them. */
export function barBatchOf(symbol: string, bars: Bars): BarBatch {
  const { lengthUs, sequence, startUs, durationUs, open, high, low, close, volume } = bars;
  let latestUs = Number.NEGATIVE_INFINITY;
  startUs.forEach((start, i) => {
    latestUs = Math.max(latestUs, start + (durationUs[i] as number));
  });
  return {
    assetSymbol: symbol,
    length: barLengthOf(lengthUs),
    latestEndTime: timestampFromMicros(latestUs),
    startAgeUs: startUs.map((start) => latestUs - start),
    durationUs: durationUs as number[],
    open: open as number[],
    high: high as number[],
    low: low as number[],
    close: close as number[],
    volume: volume as number[],
    firstSequence: sequence[0] as number,
  };
}
