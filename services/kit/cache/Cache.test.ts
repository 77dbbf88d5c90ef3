import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Contracts } from '@weft/mesh/contracts';
import { type GuardedCall, type GuardOptions, RpcError, Status } from '@weft/mesh/runtime';
import { eventually } from '@weft/mesh/testing/eventually';
import { GetBookResponse, ShelfServiceDefinition } from '@weft/proto/testing/v1/shelf';
import { DatabaseWatch } from '../database/DatabaseWatch.ts';
import { openDatabase } from '../database/openDatabase.ts';
import { transact } from '../database/transact.ts';
import { query } from '../testing/query.ts';
import { quietLog } from '../testing/quietLog.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { Cache } from './Cache.ts';
import { Caches } from './Caches.ts';

const postgres = usePostgres();
const contracts = Contracts.load();
let url: string;
let opened: AsyncDisposableStack;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  url = await postgres.createDatabase();
  await query(url, "create table thing (id text, value int); insert into thing values ('a', 1)");
});
afterEach(() => opened.disposeAsync());

/** What an instance of a service has, with a cache of its things. */
async function openInstance() {
  const options = { url, applicationName: 'test', log: quietLog };
  const signal = AbortSignal.timeout(60_000);
  const database = await openDatabase<{ thing: { id: string; value: number } }>({
    ...options,
    signal,
  });
  opened.defer(() => database.destroy());
  const ready = Promise.withResolvers<void>();
  const watch = new DatabaseWatch({ ...options, onChange: () => {} });
  opened.defer(() => watch.stop());
  watch.listen('weft_cache', (payload) => payload === undefined && ready.resolve());
  const caches = new Caches({ ...context, database: database as never, watch });
  const loads: string[] = [];
  const things = caches.open({
    name: 'thing',
    maxAgeMs: 3_600_000,
    async load(id) {
      loads.push(id);
      const rows = await database.selectFrom('thing').selectAll().where('id', '=', id).execute();
      return rows[0]?.value ?? 0;
    },
  });
  await ready.promise;
  const write = (value: number) =>
    transact(database, async (transaction) => {
      await transaction.updateTable('thing').set({ value }).where('id', '=', 'a').execute();
      things.invalidate(['a'], transaction);
    });
  return { database, caches, things, loads, write };
}

const context = {
  contracts,
  log: quietLog as never,
  observe: () => {},
  onStop: () => {},
  guard:
    <Argument, Result>(
      call: GuardedCall<Argument, Result>,
      { fallback }: GuardOptions<Argument, Result>,
    ): GuardedCall<Argument, Result> =>
    async (argument, given) => {
      try {
        return await call(argument, given);
      } catch (error) {
        if ((error as RpcError).code !== Status.UNAVAILABLE) throw error;
        return fallback(error, argument);
      }
    },
};

test('many who ask at once wait for one load, and later ones for none', async () => {
  const { things, loads } = await openInstance();
  const values = await Promise.all(Array.from({ length: 50 }, () => things.get('a')));
  assert.deepEqual(new Set(values), new Set([1]));
  assert.equal(await things.get('a'), 1);
  assert.deepEqual(loads, ['a']);
});

test('what one instance changes, all instances read anew', async () => {
  const one = await openInstance();
  const other = await openInstance();
  for (const { things } of [one, other]) assert.equal(await things.get('a'), 1);
  for (let value = 2; value < 30; value += 1) {
    await one.write(value);
    assert.equal(await one.things.get('a'), value, 'who has written reads it at once');
    await eventually(async () => (await other.things.get('a')) === value);
  }
});

test('a change that is undone drops nothing', async () => {
  const { database, things, loads } = await openInstance();
  await things.get('a');
  const undone = transact(database, async (transaction) => {
    things.invalidate(['a'], transaction);
    throw new Error('undone');
  });
  await assert.rejects(undone, /undone/);
  await things.get('a');
  assert.deepEqual(loads, ['a']);
  const unknown = database.transaction().execute(async (transaction) => {
    things.invalidate(['a'], transaction);
  });
  await assert.rejects(unknown, /takes a transaction of transact/);
});

test('a value that was read before a change is not kept after it', async () => {
  const going = Promise.withResolvers<void>();
  let value = 1;
  let loads = 0;
  const cache = new Cache<number>({
    ...{ name: 'slow', maxAgeMs: 60_000 },
    async load() {
      loads += 1;
      const read = value;
      if (loads === 1) await going.promise;
      return read;
    },
  });
  const before = cache.get('a');
  value = 2;
  cache.invalidate(['a']);
  assert.equal(await cache.get('a'), 2);
  going.resolve();
  assert.equal(await before, 1, 'who asked before the change may get what was then');
  assert.equal(await cache.get('a'), 2);
  assert.equal(loads, 2);
});

test('an instance that has heard nothing for a while keeps nothing', async () => {
  const { things, loads } = await openInstance();
  await things.get('a');
  await query(url, "update thing set value = 7 where id = 'a'");
  await query(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen%' or query = 'select'`,
  );
  await eventually(async () => (await things.get('a')) === 7);
  assert.deepEqual(loads, ['a', 'a']);
});

test('more than one message can name is dropped altogether', async () => {
  const one = await openInstance();
  const other = await openInstance();
  await other.things.get('a');
  one.things.invalidate(Array.from({ length: 2_000 }, (_, index) => `key-${index}`));
  await eventually(() => other.things.size === 0);
});

test('an old value stands in for an outage as long as it may, and for no other failure', async () => {
  let failure: Error | undefined;
  let loads = 0;
  const cache = new Cache<number>({
    ...{ name: 'old', maxAgeMs: 20, staleIfErrorMs: 60_000 },
    isOutage: (error) => error instanceof RpcError && error.code === Status.UNAVAILABLE,
    async load() {
      loads += 1;
      if (failure) throw failure;
      return loads;
    },
  });
  assert.equal(await cache.get('a'), 1);
  await sleep(50);
  failure = new RpcError(Status.UNAVAILABLE, 'away');
  for (let time = 0; time < 10; time += 1) assert.equal(await cache.get('a'), 1);
  assert.equal(loads, 2, 'a service that is away is not asked each time');
  await assert.rejects(cache.get('b'), /away/);
  cache.invalidate(['a']);
  await assert.rejects(cache.get('a'), /away/, 'what has changed is not given any more');

  failure = undefined;
  await cache.get('c');
  await sleep(50);
  failure = new RpcError(Status.NOT_FOUND, 'gone');
  await assert.rejects(cache.get('c'), /gone/);
});

test('answers of another service are kept as its contract says, and no others', async () => {
  const bookId = '0199c5a0-7b1e-7cc3-98c4-dc0c0c07398f';
  const caches = new Caches({ ...context, database: undefined as never, watch: undefined });
  const asked: string[] = [];
  let failure: RpcError | undefined;
  const books = caches.openCalls(
    ShelfServiceDefinition,
    'getBook',
    async (request) => {
      asked.push(request.bookId);
      if (failure) throw failure;
      return GetBookResponse.create({ book: { title: 'Dune' } });
    },
    (request) => request.bookId,
  );
  const answers = await Promise.all([books.call({ bookId }), books.call({ bookId })]);
  assert.deepEqual(
    answers.map(({ book }) => book?.title),
    ['Dune', 'Dune'],
  );
  assert.deepEqual(asked, [bookId]);
  failure = new RpcError(Status.UNAVAILABLE, 'away');
  assert.equal((await books.call({ bookId })).book?.title, 'Dune');
  books.invalidate([bookId]);
  await assert.rejects(books.call({ bookId }), (error) => error === failure);
  assert.throws(
    () =>
      caches.openCalls(
        ShelfServiceDefinition,
        'batchGetBooks',
        async () => ({ books: [], missingBookIds: [] }),
        ({ bookIds }) => bookIds.join(),
      ),
    /BatchGetBooks: its contract has no cache/,
  );
});
