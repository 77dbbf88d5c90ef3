import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceClient } from '@weft/mesh/runtime';
import { HistoryServiceDefinition } from '@weft/proto/market/v1/history';
import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import type { Kysely } from 'kysely';
import { ownDatabase } from '../../../kit/database/OwnDatabase.ts';
import { openDatabase } from '../../../kit/database/openDatabase.ts';
import { transact } from '../../../kit/database/transact.ts';
import { defineService } from '../../../kit/defineService.ts';
import { openService } from '../../../kit/testing/openService.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { config } from '../config.ts';
import type { DB } from '../database.ts';
import { setup } from '../setup.ts';
import { Partitions } from '../store/Partitions.ts';
import { storeChain } from '../store/storeChain.ts';

/** History without events: what it serves, on a real database. */
export interface TestHistory extends AsyncDisposable {
  readonly database: Kysely<DB>;
  readonly client: ServiceClient<HistoryServiceDefinition>;
  /** Handles chains as if they had been told, in one transaction. */
  store(...chains: ChainUpdated[]): Promise<void>;
}

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));
const definition = defineService({
  config,
  database: ownDatabase<DB>(dirname(migrations)),
  setup,
});

export async function openHistory(databaseUrl: string): Promise<TestHistory> {
  await using opened = new AsyncDisposableStack();
  const service = await openService(definition, {
    ...{ service: 'history', databaseUrl },
    context: { config: config.parse({}) },
  });
  opened.use(service);
  const database = await openDatabase<DB>({
    ...{ url: databaseUrl, applicationName: 'history-test', log: quietLog },
    signal: AbortSignal.timeout(60_000),
  });
  opened.defer(() => database.destroy());
  const owned = opened.move();
  const handle = storeChain(new Partitions());
  return {
    database,
    client: service.client(HistoryServiceDefinition),
    store: (...chains) =>
      transact(database, async (transaction) => {
        for (const chain of chains) {
          const told = { key: chain.product, time: new Date(), actor: undefined };
          // It tells nobody.
          const events = undefined as never;
          await handle(chain, { ...told, transaction, events, log: quietLog });
        }
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
