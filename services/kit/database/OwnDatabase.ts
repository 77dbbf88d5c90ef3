import { join } from 'node:path';
import type { PoolLimits } from './createPool.ts';

/** A service's own database, as its definition names it. */
export interface OwnDatabase<DB> extends PoolLimits {
  /** Folder of its migrations: files that sort by name, each exporting `up`. */
  readonly migrations: string;
  /**
   * Connections of a second pool, `reads`, so that readers who wait for each other keep no commit waiting. Default: none.
   */
  readonly readers?: number;
  /**
   * Connections of one more pool, for the events that the service publishes and consumes, so that their handlers keep nobody else
   * waiting. Default: none.
   */
  readonly eventConnections?: number;
  /**
   * Whether the service is given no calls while the database cannot be reached. Default: true. False is for one that has
   * much to answer without.
   */
  readonly required?: boolean;
  /** Its tables; of the type alone, there is no value. */
  readonly tables?: DB;
}

/**
 * Says that a service has a database: with it, setup() is given `database`, migrated and followed by the service's health.
 *
 * ```ts
 * import type { DB } from './database.ts';
 *
 * export default defineService({
 *   database: ownDatabase<DB>(import.meta.dirname),
 *   setup: ({ database }) => [implement(OrderServiceDefinition, orders(database))],
 * });
 * ```
 *
 * @param folder The service's: its `migrations` are applied, and make `make up` give it a database and a role. DB is
 *   generated from them into `database.ts` (`make database-types`).
 */
export function ownDatabase<DB>(
  folder: string,
  limits: PoolLimits & Pick<OwnDatabase<DB>, 'readers' | 'eventConnections' | 'required'> = {},
): OwnDatabase<DB> {
  return { ...limits, migrations: join(folder, 'migrations') };
}
