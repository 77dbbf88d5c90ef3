import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kysely, PostgresDialect } from 'kysely';
import { usePostgres } from '../testing/usePostgres.ts';
import { createPool } from './createPool.ts';
import { readPageById } from './readPageById.ts';

const postgres = usePostgres();

interface Tables {
  readonly thing: { readonly id: string; readonly colour: string };
}

test('each row that a query has is on one page, in either order, and no other', async () => {
  const url = await postgres.createDatabase();
  const pool = createPool({ url, applicationName: 'test', onConnectionError: () => {} });
  await using database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  await pool.query('create table thing (id text primary key, colour text)');
  const ids = ['a', 'b', 'c', 'd', 'e'];
  await database
    .insertInto('thing')
    .values([...ids.map((id) => ({ id, colour: 'red' })), { id: 'c2', colour: 'blue' }])
    .execute();
  const red = database.selectFrom('thing').selectAll().where('colour', '=', 'red');
  const pages = async (direction?: 'asc' | 'desc') => {
    const found: string[][] = [];
    let pageToken = '';
    do {
      const page = await readPageById({ pageSize: 2, pageToken }, ['things'], red, direction);
      found.push(page.rows.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return found;
  };
  assert.deepEqual(await pages(), [['e', 'd'], ['c', 'b'], ['a']]);
  assert.deepEqual(await pages('asc'), [['a', 'b'], ['c', 'd'], ['e']]);
});
