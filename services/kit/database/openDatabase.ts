import { Kysely, PostgresDialect } from 'kysely';
import pRetry from 'p-retry';
import type { Log } from '../Log.ts';
import { createPool } from './createPool.ts';
import { describeDatabaseError } from './describeDatabaseError.ts';
import { migrate } from './migrate.ts';

export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/database`. */
  readonly url: string | undefined;
  /** Folder of the service's migrations: files that sort by name, each exporting `up`. */
  readonly migrations: string;
  /** Connections at most. Default 5. */
  readonly poolSize?: number;
  /** The service's name, for PostgreSQL's own lists of clients. */
  readonly applicationName: string;
  readonly log: Log;
  /** Gives up waiting for the server. */
  readonly signal: AbortSignal;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

/**
 * Connects to a service's own database and brings its schema up to date. A server that does not
 * answer is waited for, with a line in the log at each try: whoever starts everything at once need
 * not care about the order, and the service is not ready until this is done.
 *
 * @throws when the URL is missing or no URL, when a migration fails, and when `signal` aborts.
 */
export async function openDatabase<Schema>(options: DatabaseOptions): Promise<Kysely<Schema>> {
  const { log, signal } = options;
  const url = checkUrl(options.url);
  const pool = createPool({
    url,
    applicationName: options.applicationName,
    ...(options.poolSize === undefined ? {} : { size: options.poolSize }),
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection broke'),
  });
  const database = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
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
    const applied = await migrate(database, options.migrations);
    if (applied.length > 0) log.info({ migrations: applied }, 'database schema brought up to date');
    return database;
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

function checkUrl(url: string | undefined): string {
  const wanted =
    'DATABASE_URL must be a URL such as postgresql://user:password@127.0.0.1:5432/name';
  if (!url) throw new Error(`${wanted}; it is not set`);
  if (!/^postgres(ql)?:\/\//.test(url)) throw new Error(wanted);
  return url;
}
