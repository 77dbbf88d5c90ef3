import type { ChainEnriched, SessionChange } from '@weft/proto/market/v1/enriched';
import { timestampFromMicros } from '../../../kit/time.ts';
import { advanceBars } from '../bars/advanceBars.ts';
import { dayOf } from '../bars/barStart.ts';
import type { ChainMetrics } from './ChainMetrics.ts';

/**
 * What a chain amounts to after those before it. All that is known of these is in the enrichment of the last of them: bars under way,
 * and the open of the day.
 *
 * @param before Of the chain before; undefined: it is the product's first.
 */
export function enrich(before: ChainEnriched | undefined, metrics: ChainMetrics): ChainEnriched {
  const { ms, timeZone: _, underlyingVolume: __, ...own } = metrics;
  return {
    ...own,
    marketTime: timestampFromMicros(ms * 1_000),
    bars: advanceBars(before?.bars ?? [], metrics),
    session: changeOf(before?.session, metrics),
  };
}

function changeOf(
  before: SessionChange | undefined,
  { ms, timeZone, underlyingPrice }: ChainMetrics,
): SessionChange {
  const { name } = dayOf(ms, timeZone);
  const open = before?.day === name ? before.open : underlyingPrice;
  const change = underlyingPrice - open;
  return { day: name, open, change, changeFraction: change / open };
}
