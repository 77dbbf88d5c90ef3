import { type Implementation, implement } from '@weft/mesh/runtime';
import { MarketDataServiceDefinition as PlainMarketData } from '@weft/proto/market/market';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { MarketServiceDefinition } from '@weft/proto/market/v1/market';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import type { KitContext } from '../../kit/defineService.ts';
import { Ledger } from './book/Ledger.ts';
import { Summaries } from './book/Summaries.ts';
import type { DB } from './database.ts';
import { applyMetrics, commitMetrics } from './ledgerMetrics.ts';
import { marketData } from './marketData.ts';
import { openOptions } from './options/openOptions.ts';
import { plainMarketData } from './plainMarketData.ts';
import { queries } from './queries.ts';

/** Opens what analytics holds. */
export async function setup(context: KitContext<unknown, DB>): Promise<Implementation[]> {
  const { database, reads, log, meter, onStop } = context;
  const summaries = new Summaries();
  const onCommit = commitMetrics(meter);
  const onApply = applyMetrics(meter);
  const ledger = await Ledger.open({ database, summaries, log, onApply, onCommit });
  onStop(() => ledger.close());

  const takesIn = marketData(ledger);
  return [
    implement(MarketDataServiceDefinition, takesIn),
    implement(PlainMarketData, plainMarketData(takesIn)),
    implement(AnalyticsServiceDefinition, queries(reads, summaries)),
    implement(MarketServiceDefinition, {
      watchMarket: ({ after }, { signal }) => summaries.market.watch(signal, after),
    }),
    ...openOptions(context),
  ];
}
