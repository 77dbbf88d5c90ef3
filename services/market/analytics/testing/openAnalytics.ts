import { fileURLToPath } from 'node:url';
import type { HandlersOf } from '@weft/mesh/runtime';
import type { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import type { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../../../kit/database/openDatabase.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { Ledger } from '../book/Ledger.ts';
import type { Market } from '../book/Market.ts';
import { Summaries } from '../book/Summaries.ts';
import type { DB } from '../database.ts';
import { marketData } from '../marketData.ts';
import { poolSizes } from '../poolSizes.ts';
import { queries } from '../queries.ts';

/** Analytics without its server: the handlers on a real database. */
export interface TestAnalytics {
  readonly database: Kysely<DB>;
  readonly marketData: HandlersOf<MarketDataServiceDefinition>;
  readonly queries: HandlersOf<AnalyticsServiceDefinition>;
  readonly market: Market;
  /** Ends all database connections at the server, wherever a transaction stands. */
  breakConnections(): Promise<void>;
  /** Ends like a killed process: nothing more is committed, not even what is under way. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Folder of its migrations. */
export const migrations = fileURLToPath(new URL('../migrations', import.meta.url));
let count = 0;

/** Starts what a process of analytics holds. */
export async function openAnalytics(url: string): Promise<TestAnalytics> {
  const applicationName = `analytics-${process.pid}-${++count}`;
  const options = { url, log: quietLog, signal: AbortSignal.timeout(30_000) };
  const { size, readers } = poolSizes;
  const database = await openDatabase<DB>({
    ...options,
    applicationName,
    migrations,
    limits: { size },
  });
  const reads = await openDatabase<DB>({
    ...options,
    applicationName: `${applicationName} reads`,
    limits: { size: readers },
  });
  const destroy = () => Promise.all([database.destroy(), reads.destroy()]);
  const summaries = new Summaries();
  const ledger = await Ledger.open({ database, summaries, log: quietLog });

  async function breakConnections() {
    await sql`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where application_name in (${applicationName}, ${`${applicationName} reads`})
        and pid <> pg_backend_pid()`.execute(database);
  }
  return {
    database,
    marketData: marketData(ledger),
    queries: queries(reads, summaries),
    market: summaries.market,
    breakConnections,
    async kill() {
      const died = ledger.close();
      await breakConnections();
      await destroy();
      await died;
    },
    async close() {
      await ledger.close();
      await destroy();
    },
  };
}
