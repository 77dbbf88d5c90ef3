import { defineService, implement } from '@weft/mesh/runtime';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { z } from 'zod';
import type { Schema } from './book/Schema.ts';

/** Takes market data in and tells what it amounts to. */
export default defineService({
  name: 'analytics',
  config: z.object({ DATABASE_URL: z.string() }),

  async setup({ config, log, meter, signal, onStop }) {
    const { fileURLToPath } = await import('node:url');
    const { openDatabase } = await import('../kit/database/openDatabase.ts');
    const { Ledger } = await import('./book/Ledger.ts');
    const { Summaries } = await import('./book/Summaries.ts');
    const { commitMetrics } = await import('./commitMetrics.ts');
    const { marketData } = await import('./marketData.ts');
    const { queries } = await import('./queries.ts');

    const database = await openDatabase<Schema>({
      url: config.DATABASE_URL,
      migrations: fileURLToPath(new URL('migrations', import.meta.url)),
      applicationName: 'analytics',
      log,
      signal,
    });
    onStop(() => database.destroy());
    const summaries = new Summaries();
    const ledger = await Ledger.open({
      database,
      summaries,
      log,
      onCommit: commitMetrics(meter),
    });
    onStop(() => ledger.close());
    return [
      implement(MarketDataServiceDefinition, marketData(ledger)),
      implement(AnalyticsServiceDefinition, queries(database, summaries)),
    ];
  },
});
