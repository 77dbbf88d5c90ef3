import { fileURLToPath } from 'node:url';
import { type Implementation, implement, type ServiceContext } from '@weft/mesh/runtime';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { openDatabase } from '../../kit/database/openDatabase.ts';
import { Ledger } from './book/Ledger.ts';
import type { Schema } from './book/Schema.ts';
import { Summaries } from './book/Summaries.ts';
import type { Config } from './config.ts';
import { applyMetrics, commitMetrics } from './ledgerMetrics.ts';
import { marketData } from './marketData.ts';
import { queries } from './queries.ts';

/** Opens what analytics holds. */
export async function setup({
  config,
  log,
  meter,
  signal,
  onStop,
}: ServiceContext<Config>): Promise<Implementation[]> {
  const database = await openDatabase<Schema>({
    url: config.DATABASE_URL,
    migrations: fileURLToPath(new URL('migrations', import.meta.url)),
    applicationName: 'analytics',
    log,
    signal,
  });
  onStop(() => database.destroy());

  const summaries = new Summaries();
  const onCommit = commitMetrics(meter);
  const onApply = applyMetrics(meter);
  const ledger = await Ledger.open({ database, summaries, log, onApply, onCommit });
  onStop(() => ledger.close());

  return [
    implement(MarketDataServiceDefinition, marketData(ledger)),
    implement(AnalyticsServiceDefinition, queries(database, summaries)),
  ];
}
