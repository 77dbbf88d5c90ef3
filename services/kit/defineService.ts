import {
  defineService as defineMember,
  type Served,
  type ServiceContext,
  type ServiceDefinition,
} from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { type Clock, systemClock } from './Clock.ts';
import type { OwnDatabase } from './database/OwnDatabase.ts';
import type { KitMigrations } from './database/openDatabase.ts';
import type { Events } from './events/Events.ts';
import type { Consumer } from './events/on.ts';

/** What a service's setup is given: what the runtime gives, and what its definition asks for. */
export interface KitContext<Config, DB> extends ServiceContext<Config> {
  /** Its own database, where the definition has one. It is closed when all calls have ended. */
  readonly database: [DB] extends [never] ? undefined : Kysely<DB>;
  /** The same by connections of its own, where the database has `readers`. */
  readonly reads: [DB] extends [never] ? undefined : Kysely<DB>;
  /** Tells others of its changes, where it has a database and contracts have events of its own or it consumes others'. */
  readonly events: Events;
  readonly clock: Clock;
}

export interface KitDefinition<Schema extends z.ZodType, DB>
  extends Omit<ServiceDefinition<Schema>, 'setup'> {
  /**
   * Its own database: see ownDatabase(). While it cannot be reached the service takes no calls. Where it is comes from
   * DATABASE_URL. Default: none.
   */
  readonly database?: OwnDatabase<DB>;
  /** Events of others, each with its handler: see on(). The manifest names them too. Default: none. */
  readonly consumes?: readonly Consumer<DB>[];
  /** Opens what the service needs and answers what it serves. It is registered once this is done. */
  setup(context: KitContext<z.output<Schema>, DB>): Promise<Served[]> | Served[];
}

/**
 * Describes a service that stands on the kit; runService() gives it its life. What it does not ask for is not loaded.
 *
 * ```ts
 * export default defineService({
 *   database: ownDatabase<DB>(import.meta.dirname),
 *   setup: async (context) => (await import('./setup.ts')).setup(context),
 * });
 * ```
 */
export function defineService<Schema extends z.ZodType = z.ZodUnknown, DB = never>(
  definition: KitDefinition<Schema, DB>,
): ServiceDefinition<Schema> {
  const { config, workers, database: own, consumes = [] } = definition;
  return defineMember<Schema>({
    ...(config === undefined ? {} : { config }),
    ...(workers === undefined ? {} : { workers }),
    async setup(context) {
      const attached = own ? await attachEngines(own, consumes, context) : undefined;
      const extended = extend(context, { ...attached, clock: systemClock });
      const served = await definition.setup(extended as KitContext<z.output<Schema>, DB>);
      if (!hasIdempotencyKeys(context)) return served;
      if (!attached) throw new Error(`${context.service} has idempotency keys, and no database`);
      const { database } = attached;
      const { withIdempotencyKeys, tidyKeys } = await import(
        './idempotency/withIdempotencyKeys.ts'
      );
      context.onStop(keepTidy(() => tidyKeys(database), context));
      return served.map((each) =>
        'service' in each ? withIdempotencyKeys(each, context.contracts, database) : each,
      );
    },
  });
}

async function attachEngines<DB>(
  own: OwnDatabase<DB>,
  consumers: readonly Consumer<DB>[],
  context: ServiceContext,
) {
  const { attachDatabase } = await import('./database/attachDatabase.ts');
  const { contracts, service, consumes } = context;
  const migrations: KitMigrations[] = [];
  if (hasIdempotencyKeys(context)) {
    const { idempotencyMigrations } = await import('./idempotency/withIdempotencyKeys.ts');
    migrations.push(idempotencyMigrations);
  }
  const publishes = [...contracts.events.values()].some(({ publisher }) => publisher === service);
  if (!publishes && consumers.length === 0 && consumes.length === 0) {
    return attachDatabase(own, context, migrations);
  }
  const { attachEvents, eventMigrations } = await import('./events/attachEvents.ts');
  const attached = await attachDatabase(own, context, [...migrations, ...eventMigrations]);
  return { ...attached, events: attachEvents({ ...attached, consumers }, context) };
}

function hasIdempotencyKeys({ contracts, service }: ServiceContext): boolean {
  return contracts.methodsOf(service).some(({ idempotencyKey }) => idempotencyKey !== 'ignored');
}

const TIDY_EVERY_MS = 60 * 60_000;

/** Does something once an hour. @returns how to end it. */
function keepTidy(work: () => Promise<unknown>, { log }: ServiceContext): () => void {
  const timer = setInterval(() => {
    work().catch((err) => log.warn({ err }, 'what is too old could not be removed'));
  }, TIDY_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The runtime's context makes some of its parts when they are asked for, which copying would do. */
function extend<Context extends object, More extends object>(
  context: Context,
  more: More,
): Context & More {
  return Object.assign(Object.create(context), more);
}
