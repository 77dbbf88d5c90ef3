import { fileURLToPath } from 'node:url';
import { type Implementation, implement, type ServiceContext } from '@weft/mesh/runtime';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import { openDatabase } from '../../kit/database/openDatabase.ts';
import { EgressPolicy } from '../../kit/egress/EgressPolicy.ts';
import type { Config } from './config.ts';
import { FeedStore } from './feeds/FeedStore.ts';
import { Feeds } from './feeds/Feeds.ts';
import { feedMetrics } from './feeds/feedMetrics.ts';
import { FileInspector } from './files/FileInspector.ts';
import { FileStore } from './files/FileStore.ts';
import type { Schema } from './Schema.ts';
import { trading } from './trading.ts';

/** Opens what trading holds, and lets its feeds go on. */
export async function setup(context: ServiceContext<Config>): Promise<Implementation[]> {
  const { config, log, meter, signal, onStop } = context;
  const database = await openDatabase<Schema>({
    url: config.databaseUrl,
    migrations: fileURLToPath(new URL('migrations', import.meta.url)),
    applicationName: 'trading',
    log,
    signal,
  });
  onStop(() => database.destroy());

  const files = await FileStore.open(config.dataFolder);
  const egress = new EgressPolicy(config.privateExchanges);
  const feeds = new Feeds({
    store: new FeedStore(database),
    inspector: new FileInspector(database, files),
    files,
    egress,
    client: context.client(MarketDataServiceDefinition),
    log,
    metrics: feedMetrics(meter),
  });
  onStop(() => feeds.close());
  await feeds.resume();
  return [implement(TradingServiceDefinition, trading(feeds, files, egress))];
}
