import type { ServiceContext } from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import { DatabaseWatch } from './DatabaseWatch.ts';
import type { OwnDatabase } from './OwnDatabase.ts';
import { type KitMigrations, openDatabase } from './openDatabase.ts';

/** A service's database, as long as the service lives. */
export interface AttachedDatabase<DB> {
  readonly database: Kysely<DB>;
  /** The same by connections of its own, where the definition has `readers`. */
  readonly reads: Kysely<DB>;
  /** The same for events, where the definition has connections for them. */
  readonly ofEvents: Kysely<DB>;
  readonly watch: DatabaseWatch;
}

type Context = Pick<
  ServiceContext,
  'service' | 'log' | 'signal' | 'onStop' | 'observe' | 'setNotReady'
>;

/**
 * Opens a service's own database, closes it when the service stops, and keeps calls away while it cannot be reached.
 *
 * @param url Default: DATABASE_URL.
 * @throws as openDatabase().
 */
export async function attachDatabase<DB>(
  { migrations, readers, eventConnections, required = true, ...limits }: OwnDatabase<DB>,
  { service, log, signal, onStop, observe, setNotReady }: Context,
  kitMigrations: readonly KitMigrations[] = [],
  url = process.env.DATABASE_URL,
): Promise<AttachedDatabase<DB>> {
  const options = { url, log, signal, observe };
  const database = await openDatabase<DB>({
    ...{ ...options, limits, migrations, kitMigrations },
    applicationName: service,
  });
  onStop(() => database.destroy());
  if (required) setNotReady('database', undefined);
  const openMore = async (use: string, size: number | undefined) => {
    if (!size) return database;
    const applicationName = `${service} ${use}`;
    const more = await openDatabase<DB>({
      ...options,
      limits: { ...limits, size },
      applicationName,
    });
    onStop(() => more.destroy());
    return more;
  };
  const reads = await openMore('reads', readers);
  const ofEvents = await openMore('events', eventConnections);
  const watch = new DatabaseWatch({
    // openDatabase() refuses to do without.
    url: url as string,
    applicationName: `${service} watch`,
    log,
    onChange: (reason) => {
      if (required) setNotReady('database', reason);
    },
  });
  onStop(() => watch.stop());
  return { database, reads, ofEvents, watch };
}
