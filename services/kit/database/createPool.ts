import pg from 'pg';

export interface PoolOptions {
  /** `postgresql://user:password@host:port/database`. */
  readonly url: string;
  /** Connections at most. Default 5: many services share what one server allows (400 under `make up`). */
  readonly size?: number;
  /** Names the client in PostgreSQL's own lists. */
  readonly applicationName: string;
  /** Told when a connection breaks, such as at a restart of the server. Who uses it just then gets the error too. */
  readonly onConnectionError: (error: Error) => void;
}

/** No statement may hold up its caller longer: a frozen server is an error, not a wait. */
const STATEMENT_TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** A pool of connections that reads `bigint` as a JavaScript number. */
export function createPool({
  url,
  size = 5,
  applicationName,
  onConnectionError,
}: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // The server may be too frozen to enforce its own limit.
    query_timeout: STATEMENT_TIMEOUT_MS + 1_000,
    keepAlive: true,
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        type === pg.types.builtins.INT8 && format !== 'binary'
          ? readInteger
          : pg.types.getTypeParser(type, format),
    } as pg.CustomTypesConfig,
  });
  // The pool listens to its clients only while nobody uses them; unheard, the error would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', onConnectionError));
  return pool;
}

/** @throws RangeError for a number that a double cannot hold: wrong figures are worse than none. */
function readInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} is too large`);
  return value;
}
