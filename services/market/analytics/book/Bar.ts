import type { BarBatch } from '@weft/proto/market/v1/market_data';
import { type Micros, microsFromTimestamp } from '../../../kit/time.ts';

/** What was traded of an asset in [startUs, endUs). */
export interface Bar {
  readonly symbol: string;
  readonly startUs: Micros;
  readonly endUs: Micros;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** The bars of a checked batch, from the one at index `start` on. */
export function barsOf(batch: BarBatch, start: number): Bar[] {
  const { assetSymbol, latestEndTime, startAgeUs, durationUs, open, high, low, close, volume } =
    batch;
  const latestUs = microsFromTimestamp(latestEndTime ?? { seconds: 0, nanos: 0 });
  const bars: Bar[] = [];
  for (let i = start; i < open.length; i++) {
    const startUs = latestUs - (startAgeUs[i] as number);
    bars.push({
      symbol: assetSymbol,
      startUs,
      endUs: startUs + (durationUs[i] as number),
      open: open[i] as number,
      high: high[i] as number,
      low: low[i] as number,
      close: close[i] as number,
      volume: volume[i] as number,
    });
  }
  return bars;
}

/** Whether two bars of the same start say the same. How long the one under way had lasted is no figure. */
export function saysTheSame(a: Bar, b: Bar): boolean {
  return (
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume
  );
}
