import { metrics } from '@opentelemetry/api';
import { Contracts } from '@weft/mesh/contracts';
import type { Principal } from '@weft/mesh/principal';
import {
  type CallContext,
  type HandlersOf,
  Metadata,
  type ServiceClient,
} from '@weft/mesh/runtime';
import { OptionAnalyticsServiceDefinition } from '@weft/proto/market/v1/option_analytics';
import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { ChainUpdated as Chain } from '@weft/proto/market/v1/option_market';
import { AlertServiceDefinition, PriceAlertFired } from '@weft/proto/market/v1/price_alert';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../../../../kit/database/openDatabase.ts';
import { transact } from '../../../../kit/database/transact.ts';
import { Events } from '../../../../kit/events/Events.ts';
import { withIdempotencyKeys } from '../../../../kit/idempotency/withIdempotencyKeys.ts';
import { openService } from '../../../../kit/testing/openService.ts';
import { quietLog } from '../../../../kit/testing/quietLog.ts';
import { TestClock } from '../../../../kit/testing/TestClock.ts';
import type { DB } from '../../database.ts';
import service from '../../service.ts';
import { alertService } from '../alerts/alertService.ts';
import { consumers } from '../consumers.ts';

/** What the service holds of options, on a real database; events are brought by hand. */
export interface TestOptionAnalytics extends AsyncDisposable {
  readonly database: Kysely<DB>;
  readonly clock: TestClock;
  /** Its calls go over the wire, and are checked by the contract. */
  readonly client: ServiceClient<OptionAnalyticsServiceDefinition>;
  readonly alerts: HandlersOf<AlertServiceDefinition>;
  /** @param userId Default: nobody is signed in. */
  context(userId?: string): CallContext;
  /** Handles an event, in a transaction of its own. */
  handle(type: string, payload: Uint8Array): Promise<void>;
  /** Handles chains, in their order. */
  tell(...chains: readonly ChainUpdated[]): Promise<void>;
  /** What others have been told of alerts, in the order of the commits. */
  fired(): Promise<PriceAlertFired[]>;
}

const contracts = Contracts.load();

/** Opens the service on an empty database. */
export async function openOptionAnalytics(url: string): Promise<TestOptionAnalytics> {
  const consumes = consumers.map(({ type }) => contracts.events.get(type.$type)?.subject ?? '');
  // There is none, which the service bears.
  process.env.NATS_URL = 'nats://127.0.0.1:9';
  const opened = await openService(service, {
    ...{ service: 'analytics', databaseUrl: url },
    context: { consumes, contracts, meter: metrics.getMeter('test') },
  });
  const database = await openDatabase<DB>({
    ...{ url, applicationName: 'analytics-test', log: quietLog },
    signal: AbortSignal.timeout(30_000),
  });
  const clock = new TestClock();
  const events = new Events({ contracts, service: 'analytics', onAdded: () => {} });
  const alerts = withIdempotencyKeys(
    {
      service: AlertServiceDefinition,
      handlers: alertService(database, contracts, clock) as never,
    },
    contracts,
    database,
  );
  const handle = async (type: string, payload: Uint8Array) => {
    const consumer = consumers.find((each) => each.type.$type === type);
    if (!consumer) throw new Error(`${type} is not consumed`);
    await transact(database, async (transaction) => {
      await consumer.handle(consumer.type.decode(payload), {
        ...{ transaction, events, key: '', time: clock.now(), actor: undefined, log: quietLog },
      });
    });
  };
  return {
    ...{ database, clock, handle, client: opened.client(OptionAnalyticsServiceDefinition) },
    alerts: alerts.handlers as unknown as HandlersOf<AlertServiceDefinition>,
    context(userId) {
      const principal: Principal | undefined =
        userId === undefined
          ? undefined
          : { subject: userId, kind: 'user', roles: [], scopes: [], session: 'one' };
      return {
        ...{ signal: AbortSignal.timeout(60_000), metadata: new Metadata() },
        ...{ header: new Metadata(), sendHeader() {}, ...(principal && { principal }) },
      } as Partial<CallContext> as CallContext;
    },
    async tell(...chains) {
      for (const chain of chains) await handle(Chain.$type, Chain.encode(chain).finish());
    },
    async fired() {
      const { rows } = await sql<{ payload: Buffer }>`
        select payload from weft.outbox where type = ${PriceAlertFired.$type}
        order by id`.execute(database);
      return rows.map(({ payload }) => PriceAlertFired.decode(payload));
    },
    async [Symbol.asyncDispose]() {
      await database.destroy();
      await opened[Symbol.asyncDispose]();
    },
  };
}
