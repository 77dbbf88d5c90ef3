import { setTimeout as sleep } from 'node:timers/promises';
import { RpcError, Status } from '@weft/mesh/runtime';
import type { IsolationLevel, Kysely, Transaction } from 'kysely';

export interface TransactOptions {
  /** Default: "read committed", PostgreSQL's own. */
  readonly isolation?: IsolationLevel;
  /** Times that it is tried in all. Default 6. */
  readonly attempts?: number;
  /** Ends the waiting between tries. */
  readonly signal?: AbortSignal;
}

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;

/**
 * Runs a transaction, and runs it again when PostgreSQL has undone it because of others: serialization_failure (40001)
 * and deadlock_detected (40P01). The pauses grow from 10 to 500 ms, each drawn between nothing and its length.
 *
 * @see https://www.postgresql.org/docs/18/mvcc-serialization-failure-handling.html
 * @param work Is called once for each try: what it does besides the transaction is done again.
 * @throws RpcError ABORTED when no try has got through: the caller may begin anew.
 * @throws what `work` throws otherwise; the transaction is then undone.
 */
export async function transact<DB, Result>(
  database: Kysely<DB>,
  work: (transaction: Transaction<DB>) => Promise<Result>,
  { isolation, attempts = 6, signal }: TransactOptions = {},
): Promise<Result> {
  const transaction = database.transaction();
  const builder = isolation ? transaction.setIsolationLevel(isolation) : transaction;
  for (let attempt = 1; ; attempt += 1) {
    const hooks = new Set<() => void>();
    try {
      const result = await builder.execute((begun) => {
        committed.set(begun, hooks);
        return work(begun);
      });
      for (const hook of hooks) hook();
      return result;
    } catch (error) {
      if (!isUndoneByOthers(error)) throw error;
      if (attempt >= attempts) {
        throw new RpcError(Status.ABORTED, 'others changed the same at the same time', {
          cause: error,
        });
      }
      const longest = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      await sleep(Math.random() * longest, undefined, signal ? { signal } : {});
    }
  }
}

/**
 * Calls back when a transaction of transact() has been committed; once, however often it is asked with the same function.
 *
 * @returns false for a transaction of another making, of which nothing is heard.
 */
export function onCommitted(transaction: object, hook: () => void): boolean {
  return committed.get(transaction)?.add(hook) !== undefined;
}

const committed = new WeakMap<object, Set<() => void>>();

/** Whether the same transaction may succeed when it is run again. */
export function isUndoneByOthers(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNDONE.has(error.code);
}

/** serialization_failure and deadlock_detected. */
const UNDONE: ReadonlySet<unknown> = new Set(['40001', '40P01']);
