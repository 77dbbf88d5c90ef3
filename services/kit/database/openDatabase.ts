import type { Meter } from '@opentelemetry/api';
import { ConfigError } from '@weft/mesh/runtime';
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pRetry from 'p-retry';
import type pg from 'pg';
import type { Log } from '../Log.ts';
import { createPool, type PoolLimits } from './createPool.ts';
import { DatabaseUnavailableError } from './DatabaseUnavailableError.ts';
import { describeDatabaseError } from './describeDatabaseError.ts';
import { type MigrateOptions, migrate } from './migrate.ts';
import { poolMetrics } from './poolMetrics.ts';
import { traceQueries } from './traceQueries.ts';

export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/database`. */
  readonly url: string | undefined;
  /** Folder of the service's migrations: files that sort by name, each exporting `up`. Default: none are applied. */
  readonly migrations?: string;
  /** Migrations of the kit's own tables that the service needs. Default: none. */
  readonly kitMigrations?: readonly KitMigrations[];
  readonly limits?: PoolLimits;
  /** The service's name, for PostgreSQL's own lists of clients. */
  readonly applicationName: string;
  readonly log: Log;
  /** Gives up waiting for the server. */
  readonly signal: AbortSignal;
  /** Is to show how the pool is used: calls `make` before the first scrape. Default: nobody. */
  readonly observe?: (make: (meter: Meter) => void) => void;
}

/** Tables that a part of the kit keeps beside the service's own. */
export interface KitMigrations extends Required<MigrateOptions> {
  readonly folder: string;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

/**
 * Connects to a service's own database and brings its schema up to date. A server that does not
 * answer is waited for, with a line in the log at each try: whoever starts everything at once need
 * not care about the order, and the service is not ready until this is done.
 *
 * Later, who needs a connection while there is none gets DatabaseUnavailableError, for callers UNAVAILABLE.
 *
 * @throws ConfigError when the URL is missing or no URL.
 * @throws when a migration fails, and when `signal` aborts.
 */
export async function openDatabase<Schema>(options: DatabaseOptions): Promise<Kysely<Schema>> {
  const { log, signal, limits, applicationName } = options;
  const url = checkUrl(options.url);
  const pool = createPool({
    ...limits,
    url,
    applicationName,
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection broke'),
  });
  const database = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: unavailableWithoutServer(pool) }),
    log: traceQueries,
  });
  try {
    await pRetry(() => pool.query('select 1'), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: FIRST_RETRY_MS,
      maxTimeout: LAST_RETRY_MS,
      randomize: true,
      signal,
      onFailedAttempt: ({ error, attemptNumber }) =>
        log.warn(
          { err: error, attempt: attemptNumber },
          `waiting for the database: ${describeDatabaseError(error, url)}`,
        ),
    });
    const applied = await migrateAll(url, options);
    if (applied.length > 0) log.info({ migrations: applied }, 'database schema brought up to date');
    options.observe?.((meter) => poolMetrics(meter, pool, applicationName));
    return database;
  } catch (error) {
    // Kysely ends no pool that it has not used.
    await pool.end();
    throw error;
  }
}

/** Over a connection of its own, which may take its time. */
async function migrateAll(
  url: string,
  { applicationName, log, migrations, kitMigrations = [] }: DatabaseOptions,
): Promise<string[]> {
  if (migrations === undefined) return [];
  const pool = createPool({
    url,
    applicationName: `${applicationName} migrations`,
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection broke'),
    size: 1,
    ...{ statementTimeoutMs: 0, lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 },
  });
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const applied = await migrate(database, migrations);
    for (const { folder, ...options } of kitMigrations) {
      applied.push(...(await migrate(database, folder, options)));
    }
    return applied;
  } finally {
    await database.destroy();
  }
}

function unavailableWithoutServer(pool: pg.Pool): PostgresPool {
  return {
    async connect() {
      try {
        return await pool.connect();
      } catch (cause) {
        throw new DatabaseUnavailableError(cause);
      }
    },
    end: () => pool.end(),
    options: pool.options,
  };
}

function checkUrl(url: string | undefined): string {
  const wanted =
    'DATABASE_URL must be a URL such as postgresql://user:password@127.0.0.1:5432/name';
  if (!url) throw new ConfigError(`${wanted}; it is not set`);
  if (!/^postgres(ql)?:\/\//.test(url)) throw new ConfigError(wanted);
  return url;
}
