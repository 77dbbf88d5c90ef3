import type { AssetSummary } from '@weft/proto/market/v1/analytics';
import { timestampFromMicros } from '../../../kit/time.ts';
import type { AssetRecord } from './AssetTotals.ts';
import type { BarTotals } from './BarTotals.ts';

/** What an asset has, at least one of the two, as the contract shows it. */
export function summaryOf(
  ticks: AssetRecord | undefined,
  bars: BarTotals | undefined,
): AssetSummary {
  const [one, other] = ticks ? [ticks, bars] : [bars as BarTotals, undefined];
  const first = other && other.firstUs <= one.firstUs ? other : one;
  const last = other && other.lastUs >= one.lastUs ? other : one;
  const volume = one.volume + (other?.volume ?? 0);
  const turnover = one.turnover + (other?.turnover ?? 0);
  return {
    assetSymbol: one.symbol,
    count: one.count + (other?.count ?? 0),
    first: first.first,
    last: last.last,
    high: Math.max(one.high, other?.high ?? one.high),
    low: Math.min(one.low, other?.low ?? one.low),
    vwap: volume === 0 ? 0 : turnover / volume,
    volume,
    fromTime: timestampFromMicros(first.firstUs),
    toTime: timestampFromMicros(last.lastUs),
    ...(bars && { barCount: bars.count }),
    ...(bars && bars.correctedCount > 0 && { correctedBarCount: bars.correctedCount }),
  };
}
