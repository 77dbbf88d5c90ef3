import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { quietLog } from '../testing/quietLog.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { openDatabase } from './openDatabase.ts';

const postgres = usePostgres();
let migrations: string;
before(async () => {
  migrations = await mkdtemp('/tmp/weft-migrations-');
  await writeFile(
    path.join(migrations, '001-thing.ts'),
    `export const up = (db) => db.schema.createTable('thing')
      .addColumn('name', 'text').addColumn('number', 'bigint').execute();`,
  );
});
after(async () => {
  await rm(migrations, { recursive: true });
});

test('applies each migration once, also when two instances start at once', async () => {
  const url = await postgres.createDatabase();
  const options = { url, migrations, applicationName: 'test', log: quietLog };
  const open = () => openDatabase<Things>({ ...options, signal: AbortSignal.timeout(20_000) });
  const both = await Promise.all([open(), open()]);
  try {
    await both[0]
      .insertInto('thing')
      .values({ name: 'a', number: 2 ** 53 - 1 })
      .execute();
    const rows = await both[1].selectFrom('thing').selectAll().execute();
    assert.deepEqual(rows, [{ name: 'a', number: 2 ** 53 - 1 }]);
  } finally {
    for (const database of both) await database.destroy();
  }
});

test('a bigint beyond what a number holds is an error, never a rounded figure', async () => {
  const url = await postgres.createDatabase();
  const signal = AbortSignal.timeout(20_000);
  const database = await openDatabase<Things>({
    url,
    migrations,
    applicationName: 'test',
    log: quietLog,
    signal,
  });
  try {
    await assert.rejects(
      sql`select 9007199254740993::bigint as number`.execute(database),
      /too large/,
    );
  } finally {
    await database.destroy();
  }
});

test('a failed migration is named and leaves nothing behind', async () => {
  const url = await postgres.createDatabase();
  const folder = await mkdtemp('/tmp/weft-migrations-');
  await writeFile(
    path.join(folder, '001-broken.ts'),
    `export const up = async (db) => {
      await db.schema.createTable('half').addColumn('name', 'text').execute();
      throw new Error('disk on fire');
    };`,
  );
  const signal = AbortSignal.timeout(20_000);
  const options = { url, applicationName: 'test', log: quietLog, signal };
  await assert.rejects(openDatabase({ ...options, migrations: folder }), /001-broken failed/);
  await rm(folder, { recursive: true });
  const database = await openDatabase<Things>({ ...options, migrations });
  try {
    const { rows } = await sql`select to_regclass('half') as half`.execute(database);
    assert.deepEqual(rows, [{ half: null }]);
  } finally {
    await database.destroy();
  }
});

test('waits for a server that does not answer, and says so, without the password', async () => {
  const stopWaiting = new AbortController();
  const lines: string[] = [];
  const opening = openDatabase({
    url: 'postgresql://me:secret@127.0.0.1:1/mine',
    migrations,
    applicationName: 'test',
    signal: stopWaiting.signal,
    log: {
      ...quietLog,
      warn: (fields, message) => {
        lines.push(`${message} ${JSON.stringify(fields)}`);
        if (lines.length === 2) stopWaiting.abort();
      },
    },
  });
  await assert.rejects(opening);
  assert.match(lines[0] ?? '', /no PostgreSQL server answers at 127\.0\.0\.1:1/);
  assert.doesNotMatch(lines.join(), /secret/);
});

test('a missing or wrong URL is told at once', async () => {
  const options = { migrations, applicationName: 'test', log: quietLog };
  const signal = AbortSignal.timeout(1_000);
  await assert.rejects(openDatabase({ ...options, url: undefined, signal }), /DATABASE_URL/);
  await assert.rejects(openDatabase({ ...options, url: 'mysql://x', signal }), /DATABASE_URL/);
});

interface Things {
  thing: { name: string; number: number };
}
