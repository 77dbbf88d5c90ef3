import pg from 'pg';

export interface PoolOptions extends PoolLimits {
  /** `postgresql://user:password@host:port/database`. */
  readonly url: string;
  /** Names the client in PostgreSQL's own lists. */
  readonly applicationName: string;
  /** Told when a connection breaks, such as at a restart of the server. Who uses it just then gets the error too. */
  readonly onConnectionError: (error: Error) => void;
}

/** How much a service may ask of its database. What takes longer fails with an error that says so. */
export interface PoolLimits {
  /** Connections at most. Default 5: many services share what one server allows (400 under `make up`). */
  readonly size?: number;
  /** Milliseconds that a statement may take; 0: any. Default 20,000: a frozen server is an error, not a wait. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds that a statement may wait for a lock; 0: any. Default 5,000. */
  readonly lockTimeoutMs?: number;
  /**
   * Milliseconds that a transaction may stand without a statement, holding its locks, before the server ends it with its
   * connection; 0: any. Default 15,000, what a unary call may take.
   */
  readonly idleInTransactionTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** A pool of connections that reads `bigint` as a JavaScript number. */
export function createPool({
  url,
  applicationName,
  onConnectionError,
  size = 5,
  statementTimeoutMs = 20_000,
  lockTimeoutMs = 5_000,
  idleInTransactionTimeoutMs = 15_000,
}: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    // The server may be too frozen to enforce its own limit.
    ...(statementTimeoutMs > 0 ? { query_timeout: statementTimeoutMs + 1_000 } : {}),
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
