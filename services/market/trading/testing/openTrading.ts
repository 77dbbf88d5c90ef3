import { fileURLToPath } from 'node:url';
import type { HandlersOf } from '@weft/mesh/runtime';
import type { TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import { openDatabase } from '../../../kit/database/openDatabase.ts';
import { EgressPolicy } from '../../../kit/egress/EgressPolicy.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import type { DB } from '../database.ts';
import { FeedStore } from '../feeds/FeedStore.ts';
import { Feeds } from '../feeds/Feeds.ts';
import type { FeedMetrics } from '../feeds/feedMetrics.ts';
import { FileInspector } from '../files/FileInspector.ts';
import { FileStore } from '../files/FileStore.ts';
import { trading } from '../trading.ts';
import type { TestReceiver } from './TestReceiver.ts';

/** Trading without its server: the handlers on a real database. */
export interface TestTrading {
  readonly handlers: HandlersOf<TradingServiceDefinition>;
  close(): Promise<void>;
}

/** Folder of its migrations. */
export const migrations = fileURLToPath(new URL('../migrations', import.meta.url));
const quietMetrics: FeedMetrics = { sent: () => {}, running: () => {}, broken: () => {} };

/**
 * Starts what a process of trading holds.
 *
 * @param egress Where exchanges may be. Default: on this machine too, where tests have theirs.
 */
export async function openTrading(
  url: string,
  folder: string,
  receiver: TestReceiver,
  egress = new EgressPolicy(['127.0.0.1/32']),
): Promise<TestTrading> {
  const database = await openDatabase<DB>({
    url,
    migrations,
    applicationName: 'trading-test',
    log: quietLog,
    signal: AbortSignal.timeout(30_000),
  });
  const files = await FileStore.open(folder);
  const feeds = new Feeds({
    store: new FeedStore(database),
    inspector: new FileInspector(database, files),
    files,
    egress,
    client: receiver.client,
    log: quietLog,
    metrics: quietMetrics,
  });
  await feeds.resume();
  return {
    handlers: trading(feeds, files, egress),
    async close() {
      await feeds.close();
      await database.destroy();
    },
  };
}
