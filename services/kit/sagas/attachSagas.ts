import { fileURLToPath } from 'node:url';
import { ConfigError, type ServiceContext } from '@weft/mesh/runtime';
import { Kysely, PostgresDialect } from 'kysely';
import type { Clock } from '../Clock.ts';
import type { AttachedDatabase } from '../database/attachDatabase.ts';
import { createPool } from '../database/createPool.ts';
import type { KitMigrations } from '../database/openDatabase.ts';
import type { Events } from '../events/Events.ts';
import { holdLease, leaseMigrations } from '../lease/Lease.ts';
import { migrateEngine } from './engine/migrateEngine.ts';
import { SagaEngine } from './engine/SagaEngine.ts';
import { SagaStarter } from './SagaStarter.ts';
import { SagaTable } from './SagaTable.ts';
import { SagaTimer } from './SagaTimer.ts';
import type { AnySaga, SagaContext, Sagas } from './saga.ts';
import type { Schedule } from './schedule.ts';

/** The tables that sagas are kept in, beside those of their engine. */
export const sagaMigrations: readonly KitMigrations[] = [
  leaseMigrations,
  {
    folder: fileURLToPath(new URL('migrations', import.meta.url)),
    schema: 'weft',
    prefix: 'sagas',
  },
];

/** PostgreSQL tells the instances by it that somebody wants something of a saga. */
export const SAGA_CHANNEL = 'weft_saga';
/** Connections of the engine's. */
const POOL_SIZE = 3;
const KEPT_DAYS = 30;
const TIDY_AT_ONCE = 1_000;

type Context = Pick<ServiceContext, 'service' | 'serviceId' | 'client' | 'log' | 'onStop'>;

export interface SagaOptions<DB> extends AttachedDatabase<DB> {
  readonly sagas: readonly AnySaga<DB>[];
  readonly schedules: readonly Schedule<DB>[];
  readonly events: Events;
  readonly clock: Clock;
  /** Of the database. Default: DATABASE_URL. */
  readonly url?: string | undefined;
  /** Milliseconds after which another instance takes over from one that has died. Default 5,000. */
  readonly leaseMs?: number;
}

/** What runs a service's sagas, for its handlers and for its operators. */
export interface AttachedSagas {
  readonly sagas: Sagas;
  readonly engine: Pick<SagaEngine<unknown>, 'enqueue' | 'look' | 'poll' | 'revive' | 'steps'>;
  readonly table: SagaTable;
  /** Forgets sagas that have ended 30 days ago. */
  tidy(): Promise<void>;
}

/**
 * Runs a service's sagas until it stops.
 *
 * @throws ConfigError for two sagas of one name, and a schedule of another saga.
 */
export async function attachSagas<DB>(
  {
    database,
    watch,
    sagas,
    schedules,
    events,
    clock,
    url = process.env.DATABASE_URL,
    leaseMs,
  }: SagaOptions<DB>,
  { service, serviceId, client, log, onStop }: Context,
): Promise<AttachedSagas> {
  const byName = new Map(sagas.map((saga) => [saga.name, saga]));
  if (byName.size < sagas.length) throw new ConfigError(`${service} has two sagas of one name`);
  const strange = schedules.find(({ saga }) => !byName.has(saga.name));
  if (strange)
    throw new ConfigError(`${service} has a schedule of no saga of its: ${strange.saga.name}`);
  if (new Set(schedules.map(({ saga }) => saga.name)).size < schedules.length) {
    throw new ConfigError(`${service} has two schedules of one saga`);
  }
  const connect = (name: string, limits: object) =>
    createPool({
      ...limits,
      // Its database has been opened.
      url: url as string,
      applicationName: `${service} ${name}`,
      onConnectionError: (err) => log.warn({ err }, 'a database connection broke'),
    });
  const unlimited = { statementTimeoutMs: 0, lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 };
  const migrating = connect('saga migrations', { size: 2, ...unlimited });
  await migrateEngine(migrating).finally(() => migrating.end());

  const pool = connect('sagas', { size: POOL_SIZE });
  const control = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: connect('saga lease', { size: 1 }) }),
  });
  const table = new SagaTable(database as unknown as Kysely<unknown>);
  const engine = await SagaEngine.start<DB>({
    ...{ service, serviceId, pool, control, table, log, sagas: byName, leaseMs },
    context: () => context,
  });
  const started = new SagaStarter({ table, engine, log, names: new Set(byName.keys()) });
  const context: SagaContext<DB> = {
    ...{ service, client, log, database, events, clock, sagas: started },
  };
  const stop = new AbortController();
  const timer = new SagaTimer<DB>({
    ...{ database, table, sagas: started, schedules, clock, log },
    enqueue: (transaction, id) => engine.enqueue(transaction, id),
    poll: () => engine.poll(),
  });
  const timing = holdLease(
    {
      ...{ database: control, name: 'saga timer', log },
      owner: `${serviceId} ${process.pid}`,
      ...(leaseMs === undefined ? {} : { ttlMs: leaseMs }),
    },
    (term) => timer.run(term),
    stop.signal,
  );
  const forget = watch.listen(SAGA_CHANNEL, () => engine.look());
  onStop(async () => {
    forget();
    stop.abort();
    await timing;
    await engine.stop();
    await pool.end();
    await control.destroy();
  });
  const tidy = async () => {
    for (;;) {
      const old = await table.readOld(KEPT_DAYS, TIDY_AT_ONCE);
      await engine.remove(old);
      await table.remove(old);
      if (old.length < TIDY_AT_ONCE) return;
    }
  };
  return { sagas: started, engine, table, tidy };
}
