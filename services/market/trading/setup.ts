import { type Implementation, implement } from '@weft/mesh/runtime';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import type { KitContext } from '../../kit/defineService.ts';
import { EgressPolicy } from '../../kit/egress/EgressPolicy.ts';
import type { Config } from './config.ts';
import type { DB } from './database.ts';
import { FeedStore } from './feeds/FeedStore.ts';
import { Feeds } from './feeds/Feeds.ts';
import { feedMetrics } from './feeds/feedMetrics.ts';
import { FileInspector } from './files/FileInspector.ts';
import { FileStore } from './files/FileStore.ts';
import { trading } from './trading.ts';

/** Opens what trading holds, and lets its feeds go on. */
export async function setup(context: KitContext<Config, DB>): Promise<Implementation[]> {
  const { config, database, log, meter, onStop } = context;
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
