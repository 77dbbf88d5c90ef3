import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { RpcError, Status } from '@weft/mesh/runtime';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { usePostgres } from '../testing/usePostgres.ts';
import { createPool } from './createPool.ts';
import { transact } from './transact.ts';

interface DB {
  account: { id: number; cents: number };
}

const postgres = usePostgres();
let database: Kysely<DB>;
beforeEach(async () => {
  const url = await postgres.createDatabase();
  const pool = createPool({ url, applicationName: 'test', onConnectionError: () => {} });
  database = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  await sql`create table account (id int primary key, cents int not null)`.execute(database);
  await sql`insert into account values (1, 0), (2, 0)`.execute(database);
});
afterEach(() => database.destroy());

/** Lets each of two go on when both have come. Who comes later, such as in a second try, passes. */
function meeting(): () => Promise<void> {
  const both = Promise.withResolvers<void>();
  let here = 0;
  return () => {
    here += 1;
    if (here === 2) both.resolve();
    return both.promise;
  };
}

test('of two that read and write the same at once, neither change is lost', async () => {
  const meet = meeting();
  let tries = 0;
  const addOne = () =>
    transact(
      database,
      async (transaction) => {
        tries += 1;
        const { cents } = await transaction
          .selectFrom('account')
          .select('cents')
          .where('id', '=', 1)
          .executeTakeFirstOrThrow();
        await meet();
        await transaction
          .updateTable('account')
          .set({ cents: cents + 1 })
          .where('id', '=', 1)
          .execute();
      },
      { isolation: 'serializable' },
    );
  await Promise.all([addOne(), addOne()]);
  const { cents } = await database
    .selectFrom('account')
    .select('cents')
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  assert.equal(cents, 2);
  assert.ok(tries > 2, `${tries} tries`);
});

test('two that wait for each other both get through', async () => {
  const meet = meeting();
  const move = (ids: readonly [number, number]) =>
    transact(database, async (transaction) => {
      for (const [index, id] of ids.entries()) {
        await transaction
          .updateTable('account')
          .set(({ eb }) => ({ cents: eb('cents', '+', 1) }))
          .where('id', '=', id)
          .execute();
        if (index === 0) await meet();
      }
    });
  await Promise.all([move([1, 2]), move([2, 1])]);
  const rows = await database.selectFrom('account').select('cents').execute();
  assert.deepEqual(rows, [{ cents: 2 }, { cents: 2 }]);
});

test('who never gets through is told ABORTED, and other errors are not tried again', async () => {
  let tries = 0;
  const undone = transact(
    database,
    async () => {
      tries += 1;
      throw Object.assign(new Error('could not serialize access'), { code: '40001' });
    },
    { attempts: 3 },
  );
  await assert.rejects(undone, (error) => {
    assert.ok(error instanceof RpcError);
    assert.equal(error.code, Status.ABORTED);
    return true;
  });
  assert.equal(tries, 3);
  tries = 0;
  const wrong = transact(database, async (transaction) => {
    tries += 1;
    await sql`select 1 / 0`.execute(transaction);
  });
  await assert.rejects(wrong, /division by zero/);
  assert.equal(tries, 1);
});
