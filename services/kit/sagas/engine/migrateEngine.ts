import { setTimeout as sleep } from 'node:timers/promises';
import { ensureSystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database';
import type pg from 'pg';

/** Tells this lock from others in the database. */
const LOCK = 0x77656674;
const POLL_MS = 50;
/** Who stands still in the middle of it loses its session, and with that the lock. */
const IDLE_LIMIT = '60s';

/**
 * Brings DBOS' tables up to date, in the schema `dbos`. Instances that start at once do it one after the other: together
 * they would fail ("tuple concurrently updated"). They look for the lock from time to time: who waited for it in a
 * statement would keep waiting for ever who has it and builds an index concurrently.
 *
 * @param pool Of two connections or more, without limits of time.
 */
export async function migrateEngine(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`set idle_session_timeout = '${IDLE_LIMIT}'`);
    while (!(await tryLock(client))) await sleep(POLL_MS);
    // It only tells what it has done.
    const silent = { info() {}, debug() {}, warn() {}, error() {} };
    await ensureSystemDatabase('', silent as never, pool, 'dbos', false);
  } finally {
    // Its end gives back the lock.
    client.release(true);
  }
}

async function tryLock(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_lock($1) as locked',
    [LOCK],
  );
  return rows[0]?.locked ?? false;
}
