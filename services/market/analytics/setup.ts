import { type Implementation, implement, type ServiceContext } from '@weft/mesh/runtime';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { Ledger } from './book/Ledger.ts';
import { Summaries } from './book/Summaries.ts';
import type { Config } from './config.ts';
import { applyMetrics, commitMetrics } from './ledgerMetrics.ts';
import { marketData } from './marketData.ts';
import { openDatabases } from './openDatabases.ts';
import { queries } from './queries.ts';

/** Opens what analytics holds. */
export async function setup({
  config,
  log,
  meter,
  signal,
  onStop,
}: ServiceContext<Config>): Promise<Implementation[]> {
  const databases = await openDatabases({
    url: config.DATABASE_URL,
    applicationName: 'analytics',
    log,
    signal,
  });
  onStop(() => databases.destroy());

  const summaries = new Summaries();
  const onCommit = commitMetrics(meter);
  const onApply = applyMetrics(meter);
  const ledger = await Ledger.open({
    database: databases.writes,
    summaries,
    log,
    onApply,
    onCommit,
  });
  onStop(() => ledger.close());

  return [
    implement(MarketDataServiceDefinition, marketData(ledger)),
    implement(AnalyticsServiceDefinition, queries(databases.reads, summaries)),
  ];
}
