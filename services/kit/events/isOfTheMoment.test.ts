import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RpcError, Status } from '@weft/mesh/runtime';
import { sql } from 'kysely';
import { openDatabase } from '../database/openDatabase.ts';
import { query } from '../testing/query.ts';
import { quietLog } from '../testing/quietLog.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { isOfTheMoment } from './isOfTheMoment.ts';

const postgres = usePostgres();
const never = new AbortController().signal;

test('an event waits while all connections are in use, and while the server has ended them', async () => {
  const url = await postgres.createDatabase();
  const options = { url, applicationName: 'busy', log: quietLog, signal: never };
  const database = await openDatabase({ ...options, limits: { size: 1 } });
  try {
    await database.connection().execute(async () => {
      await assert.rejects(sql`select 1`.execute(database), (error) => isOfTheMoment(error));
    });
    const cut = database.connection().execute(async (held) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(held);
      await query(url, 'select pg_terminate_backend($1)', [rows[0]?.pid]);
      await sql`select 1`.execute(held);
    });
    await assert.rejects(cut, (error) => isOfTheMoment(error));
  } finally {
    await database.destroy();
  }
});

test('an event does not wait for ever for what is about it, or about another service', async () => {
  const url = await postgres.createDatabase();
  const options = { url, applicationName: 'wrong', log: quietLog, signal: never };
  const database = await openDatabase(options);
  try {
    const wrong = sql`select 1 / 0`.execute(database);
    await assert.rejects(wrong, (error) => !isOfTheMoment(error));
  } finally {
    await database.destroy();
  }
  assert.equal(
    isOfTheMoment(new RpcError(Status.UNAVAILABLE, 'no instance of it is there')),
    false,
  );
});
