import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { wfQueueRunner } from '@dbos-inc/dbos-sdk/internal/wfqueue';
import { ConfigError } from '@weft/mesh/runtime';
import { Kysely, PostgresDialect } from 'kysely';
import { createPool } from '../../database/createPool.ts';
import { usePostgres } from '../../testing/usePostgres.ts';
import { DbosInternals } from './DbosInternals.ts';
import { migrateEngine } from './migrateEngine.ts';

const postgres = usePostgres();
let opened: AsyncDisposableStack;
let pool: ReturnType<typeof createPool>;
let database: Kysely<unknown>;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  const url = await postgres.createDatabase();
  pool = createPool({ url, applicationName: 'test', size: 2, onConnectionError: () => {} });
  database = new Kysely({ dialect: new PostgresDialect({ pool }) });
  opened.defer(() => database.destroy());
  await migrateEngine(pool);
});
afterEach(() => opened.disposeAsync());

const refused = (what: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ConfigError, String(error));
  assert.match(error.message, /^this @dbos-inc\/dbos-sdk is not [\d.]+, which sagas know: /);
  assert.match(error.message, what);
  assert.doesNotMatch(error.message, /\n/);
  return true;
};

test('a service with sagas starts on the DBOS that is installed', async () => {
  const internals = await DbosInternals.load(database);
  assert.throws(() => internals.executor(), /does not run/);
});

test('a service with sagas does not start where DBOS is another one, and says so in a line', async () => {
  const runner = wfQueueRunner as unknown as Record<string, unknown>;
  const { states } = runner;
  opened.defer(() => {
    delete runner.pollQueue;
    runner.states = states;
  });
  runner.pollQueue = undefined;
  await assert.rejects(
    DbosInternals.load(database),
    refused(/wfQueueRunner has no method pollQueue$/),
  );
  runner.pollQueue = async (_executor: unknown) => {};
  await assert.rejects(DbosInternals.load(database), refused(/pollQueue takes 1 parameters$/));
  delete runner.pollQueue;
  runner.states = [];
  await assert.rejects(DbosInternals.load(database), refused(/has no states$/));
  runner.states = states;
  await pool.query('alter table dbos.workflow_status rename column owner_xid to owner');
  await assert.rejects(DbosInternals.load(database), refused(/owner_xid/));
});
