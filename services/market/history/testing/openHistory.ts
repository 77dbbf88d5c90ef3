import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceClient } from '@weft/mesh/runtime';
import { ChainEnriched } from '@weft/proto/market/v1/enriched';
import { HistoryServiceDefinition } from '@weft/proto/market/v1/history';
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import type { Kysely } from 'kysely';
import { ownDatabase } from '../../../kit/database/OwnDatabase.ts';
import { openDatabase } from '../../../kit/database/openDatabase.ts';
import { transact } from '../../../kit/database/transact.ts';
import { defineService } from '../../../kit/defineService.ts';
import type { EventType } from '../../../kit/events/EventType.ts';
import type { BatchHandler } from '../../../kit/events/on.ts';
import { openService } from '../../../kit/testing/openService.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { config } from '../config.ts';
import type { DB } from '../database.ts';
import { setup } from '../setup.ts';
import { Partitions } from '../store/Partitions.ts';
import { storeChains } from '../store/storeChains.ts';
import { storeEnrichments } from '../store/storeEnrichments.ts';
import type { MarketEvent } from '../store/Timed.ts';

/** History without events: what it serves, on a real database. */
export interface TestHistory extends AsyncDisposable {
  readonly database: Kysely<DB>;
  readonly client: ServiceClient<HistoryServiceDefinition>;
  /** Handles chains as if they had been told, in one transaction. */
  store(...chains: ChainUpdated[]): Promise<void>;
  /** The same of what they amount to. */
  storeEnriched(...enriched: ChainEnriched[]): Promise<void>;
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
  const partitions = new Partitions();
  const storeBy =
    <T extends MarketEvent, Prepared>(type: EventType<T>, handler: BatchHandler<T, DB, Prepared>) =>
    async (...events: T[]) => {
      const told = events.map((event) => {
        const facts = { key: event.product, time: new Date(), actor: undefined };
        return { ...facts, payload: type.encode(event).finish(), decode: () => event };
      });
      const prepared = await handler.prepare(told);
      await transact(database, (transaction) =>
        handler.handle(prepared, { transaction, log: quietLog, events: undefined as never }),
      );
    };
  return {
    database,
    client: service.client(HistoryServiceDefinition),
    store: storeBy(ChainUpdated, storeChains(partitions)),
    storeEnriched: storeBy(ChainEnriched, storeEnrichments(partitions)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
