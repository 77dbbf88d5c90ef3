import {
  defineService as defineMember,
  type Served,
  type ServiceContext,
  type ServiceDefinition,
} from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import type { NamedBlobs } from './blobs/BlobSweep.ts';
import type { Blobs } from './blobs/Blobs.ts';
import { type Clock, systemClock } from './Clock.ts';
import type { DatabaseWatch } from './database/DatabaseWatch.ts';
import type { OwnDatabase } from './database/OwnDatabase.ts';
import type { KitMigrations } from './database/openDatabase.ts';
import type { EventStream } from './events/EventStream.ts';
import type { Events } from './events/Events.ts';
import type { Consumer } from './events/on.ts';
import type { AnySaga, Sagas } from './sagas/saga.ts';
import type { Schedule } from './sagas/schedule.ts';

/** What a service's setup is given: what the runtime gives, and what its definition asks for. */
export interface KitContext<Config, DB> extends ServiceContext<Config> {
  /** Its own database, where the definition has one. It is closed when all calls have ended. */
  readonly database: [DB] extends [never] ? undefined : Kysely<DB>;
  /** The same by connections of its own, where the database has `readers`. */
  readonly reads: [DB] extends [never] ? undefined : Kysely<DB>;
  /** Hears what other instances tell by its database, where it has one. */
  readonly watch: DatabaseWatch | undefined;
  /** Tells others of its changes, where it has a database and contracts have events of its own or it consumes others'. */
  readonly events: Events;
  /** Its events, where contracts say that it writes their stream itself, without an outbox. */
  readonly stream: EventStream;
  /** Starts those in the definition, where it has some. */
  readonly sagas: Sagas;
  /** What it keeps of files, where the definition has `blobs`. */
  readonly blobs: Blobs;
  readonly clock: Clock;
}

/** What consumers are made of. */
export interface ConsumeContext<DB, Config = unknown>
  extends Pick<
    ServiceContext<Config>,
    'config' | 'consumes' | 'contracts' | 'log' | 'observe' | 'onStop'
  > {
  readonly database: Kysely<DB>;
}

export interface KitDefinition<Schema extends z.ZodType, DB>
  extends Omit<ServiceDefinition<Schema>, 'setup'> {
  /**
   * Its own database: see ownDatabase(). While it cannot be reached the service takes no calls. Where it is comes from
   * DATABASE_URL. Default: none.
   */
  readonly database?: OwnDatabase<DB>;
  /**
   * Events of others, each with its handler: see on(). The manifest names them too. A function makes them of what the
   * manifest names. Default: none.
   */
  readonly consumes?:
    | readonly Consumer<DB>[]
    | ((context: ConsumeContext<DB, z.output<Schema>>) => Consumer<DB>[]);
  /** What it does in steps over several services: see saga(). Needs a database. Default: none. */
  readonly sagas?: readonly AnySaga<DB>[];
  /** When sagas of these are started by themselves: see every(). Default: none. */
  readonly schedules?: readonly Schedule<DB>[];
  /**
   * Which of its blobs its rows name: those that none names are removed when nobody has put them for a day. Needs a database;
   * the manifest says `blobs: true`. Default: it has no blobs.
   */
  readonly blobs?: NamedBlobs<DB>;
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
  const { config, workers, database: own } = definition;
  return defineMember<Schema>({
    ...(config === undefined ? {} : { config }),
    ...(workers === undefined ? {} : { workers }),
    async setup(context) {
      for (const part of ['sagas', 'blobs'] as const) {
        if (definition[part] && !own)
          throw new Error(`${context.service} has ${part}, and no database`);
      }
      const attached = own ? await attachEngines(own, definition, context) : undefined;
      const extended = extend(context, { ...attached?.engines, clock: systemClock });
      const handled = await definition.setup(extended as KitContext<z.output<Schema>, DB>);
      const served = [...handled, ...(attached?.operated ?? [])];
      if (!hasIdempotencyKeys(context)) return served;
      if (!attached) throw new Error(`${context.service} has idempotency keys, and no database`);
      const { database } = attached.engines;
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

/** What setup is given of them, and what they serve themselves. */
async function attachEngines<Schema extends z.ZodType, DB>(
  own: OwnDatabase<DB>,
  {
    consumes = [],
    sagas = [],
    schedules = [],
    blobs: named,
  }: Pick<KitDefinition<Schema, DB>, 'consumes' | 'sagas' | 'schedules' | 'blobs'>,
  context: ServiceContext<z.output<Schema>>,
) {
  const [idempotency, events, saga, blob] = await Promise.all([
    hasIdempotencyKeys(context) ? import('./idempotency/withIdempotencyKeys.ts') : undefined,
    hasEvents(context, consumes) ? import('./events/attachEvents.ts') : undefined,
    sagas.length > 0 ? import('./sagas/attachSagas.ts') : undefined,
    named ? import('./blobs/openBlobs.ts') : undefined,
  ]);
  const migrations = new Set<KitMigrations>([
    ...(idempotency ? [idempotency.idempotencyMigrations] : []),
    ...(events?.eventMigrations ?? []),
    ...(saga?.sagaMigrations ?? []),
    ...(blob ? [blob.blobMigrations] : []),
  ]);
  const { attachDatabase } = await import('./database/attachDatabase.ts');
  const attached = await attachDatabase(own, context, [...migrations]);
  const consumers =
    typeof consumes === 'function'
      ? consumes({
          config: context.config,
          ...{ consumes: context.consumes, contracts: context.contracts, log: context.log },
          observe: (observer) => context.observe(observer),
          // It runs when handlers have come to their end.
          onStop: (hook) => context.onStop(hook),
          database: attached.database,
        })
      : consumes;
  const published = events?.attachEvents(
    { ...attached, database: attached.ofEvents, consumers },
    context,
  );
  const kept = blob && named ? await blob.openBlobs(attached.database, named, context) : undefined;
  if (kept) context.onStop(keepTidy(() => kept.sweep.run(), context));
  const withEvents = {
    ...attached,
    ...published,
    ...(kept ? { blobs: kept.blobs } : {}),
  };
  const operated = consumers.length > 0 ? [await deadLettersOf(attached.database)] : [];
  if (!saga) return { engines: withEvents, operated };
  const running = await saga.attachSagas(
    { ...attached, sagas, schedules, events: published?.events as Events, clock: systemClock },
    context,
  );
  context.onStop(keepTidy(() => running.tidy(), context));
  const { sagaService } = await import('./sagas/sagaService.ts');
  return {
    engines: { ...withEvents, sagas: running.sagas },
    operated: [...operated, sagaService(running)],
  };
}

async function deadLettersOf<DB>(database: Kysely<DB>) {
  const [{ DeadLetters }, { deadLetterService }] = await Promise.all([
    import('./events/DeadLetters.ts'),
    import('./events/deadLetterService.ts'),
  ]);
  return deadLetterService(new DeadLetters(database as unknown as Kysely<unknown>));
}

function hasEvents({ contracts, service, consumes }: ServiceContext, consumers: unknown): boolean {
  const handles = Array.isArray(consumers) && consumers.length > 0;
  return contracts.publishes(service) || handles || consumes.length > 0;
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
