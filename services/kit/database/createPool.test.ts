import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@weft/mesh/testing/eventually';
import { usePostgres } from '../testing/usePostgres.ts';
import { createPool, type PoolLimits } from './createPool.ts';

const postgres = usePostgres();

async function open(limits: PoolLimits) {
  const broken: Error[] = [];
  const pool = createPool({
    ...limits,
    url: await postgres.createDatabase(),
    applicationName: 'test',
    onConnectionError: (error) => broken.push(error),
  });
  return { pool, broken, [Symbol.asyncDispose]: () => pool.end() };
}

test('a statement that takes too long fails, and gives its connection back', async () => {
  await using opened = await open({ size: 1, statementTimeoutMs: 50 });
  await assert.rejects(opened.pool.query('select pg_sleep(20)'), /statement timeout/);
  assert.equal((await opened.pool.query('select 1 as one')).rows[0].one, 1);
});

test('who waits too long for a lock fails, and does not hold up those behind', async () => {
  await using opened = await open({ lockTimeoutMs: 50 });
  const { pool } = opened;
  await pool.query('create table thing (id int)');
  const holder = await pool.connect();
  await holder.query('begin; lock table thing');
  await assert.rejects(pool.query('select from thing'), /lock timeout/);
  await holder.query('rollback');
  holder.release();
  await pool.query('select from thing');
});

test('a transaction that somebody forgot does not keep its locks', async () => {
  await using opened = await open({ idleInTransactionTimeoutMs: 100 });
  const { pool, broken } = opened;
  await pool.query('create table thing (id int)');
  const forgetful = await pool.connect();
  await forgetful.query('begin; lock table thing');
  await eventually(() => broken.length > 0);
  forgetful.release(true);
  await pool.query('select from thing');
});
