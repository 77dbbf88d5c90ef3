import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@weft/mesh/testing/eventually';
import { Closed, Deposited } from '@weft/proto/testing/v1/ledger';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../database/openDatabase.ts';
import { transact } from '../database/transact.ts';
import { eventMigrations } from '../events/attachEvents.ts';
import type { Consumer } from '../events/on.ts';
import { quietLog } from '../testing/quietLog.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { keepReadModel } from './keepReadModel.ts';
import { type ModelRow, ReadModel } from './ReadModel.ts';
import { checksumOf, rebuild } from './rebuild.ts';

interface DB {
  account: { id: string; cents: number; version: number };
}

const postgres = usePostgres();
const never = new AbortController().signal;
let folder: string;
let database: Kysely<DB>;
let owner: Owner;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-model-'));
  await writeFile(
    join(folder, '001.ts'),
    `export const up = (db) => db.schema.createTable('account')
      .addColumn('id', 'text', (c) => c.primaryKey()).addColumn('cents', 'bigint')
      .addColumn('version', 'bigint', (c) => c.notNull()).execute();`,
  );
  database = await openDatabase<DB>({
    url: await postgres.createDatabase(),
    migrations: folder,
    kitMigrations: eventMigrations,
    applicationName: 'test',
    log: quietLog,
    signal: AbortSignal.timeout(60_000),
  });
  owner = new Owner();
});
afterEach(async () => {
  await database.destroy();
  await rm(folder, { recursive: true });
});

const model = new ReadModel({ table: 'account', key: 'id' });
const deposited = model.on<Deposited, DB>(Deposited, ({ account, cents, number }) => ({
  ...{ id: account, cents, version: number },
}));
const closed = model.on<Closed, DB>(Closed, ({ account }) => ({
  ...{ id: account, version: owner.versionOf(account), isDeleted: true },
}));

/** The service whose accounts they are: what it has done it has told, in order. */
class Owner {
  readonly accounts = new Map<string, { cents: number; version: number }>();
  readonly told: (() => Promise<void>)[] = [];
  readonly #versions = new Map<string, number>();

  versionOf(account: string): number {
    return this.#versions.get(account) ?? 0;
  }

  deposit(account: string, cents: number): void {
    const version = this.versionOf(account) + 1;
    this.#versions.set(account, version);
    this.accounts.set(account, { cents, version });
    this.told.push(() => handle(deposited, { account, cents, number: version }));
  }

  close(account: string): void {
    const version = this.versionOf(account) + 1;
    this.#versions.set(account, version);
    this.accounts.delete(account);
    this.told.push(() => handle(closed, { account }));
  }

  rows(): ModelRow[] {
    return [...this.accounts].map(([id, account]) => ({ id, ...account }));
  }
}

/** As the consumer of events does it. */
function handle(consumer: Consumer<DB>, event: unknown): Promise<void> {
  return transact(database, (transaction) =>
    consumer.handle(event, { transaction } as Parameters<typeof consumer.handle>[1]),
  );
}

async function deliver(): Promise<void> {
  for (const event of owner.told.splice(0)) await event();
}

const read = async () => database.selectFrom('account').selectAll().orderBy('id').execute();
const wanted = () => owner.rows().toSorted((one, other) => (`${one.id}` < `${other.id}` ? -1 : 1));

/** Pages of what the owner has now, each looked up when it is its turn. */
async function* pages(size = 3, pauseMs = 0): AsyncGenerator<ModelRow[]> {
  let after = '';
  for (;;) {
    const page = wanted()
      .filter(({ id }) => `${id}` > after)
      .slice(0, size);
    if (page.length === 0) return;
    await sleep(pauseMs);
    yield page;
    after = `${page.at(-1)?.id}`;
  }
}

test('what was built from the owner is what events have made, to the checksum', async () => {
  for (let account = 0; account < 20; account += 1) owner.deposit(`a${account}`, account);
  owner.close('a3');
  owner.deposit('a4', 400);
  await deliver();
  const before = await checksumOf(database as never, model, 'account');
  const built = await rebuild(database, model, pages(), never);
  assert.deepEqual([built.isSame, built.rows], [true, 19]);
  assert.equal((await checksumOf(database as never, model, 'account')).checksum, before.checksum);
  assert.deepEqual(await read(), wanted());
});

test('a model that has missed events is found to be wrong, and is right afterwards', async () => {
  for (let account = 0; account < 5; account += 1) owner.deposit(`a${account}`, account);
  await deliver();
  owner.deposit('a1', 100);
  owner.close('a2');
  owner.told.splice(0);
  const built = await rebuild(database, model, pages(), never);
  assert.equal(built.isSame, false);
  assert.deepEqual(await read(), wanted());
  owner.deposit('a1', 101);
  await deliver();
  assert.deepEqual(await read(), wanted());
});

test('while another is built, the model is read and kept, and nothing is lost or comes back', async () => {
  for (let round = 0; round < 5; round += 1) {
    let isDone = false;
    const living = (async () => {
      for (let step = 0; !isDone; step += 1) {
        const account = `a${(step * 7) % 30}`;
        if (step % 5 === 4 && owner.accounts.has(account)) owner.close(account);
        else owner.deposit(account, step);
        await deliver();
        assert.deepEqual(await read(), wanted(), `step ${step}`);
      }
    })();
    const built = await rebuild(database, model, pages(2, 5), never);
    isDone = true;
    await living;
    assert.deepEqual(await read(), wanted());
    assert.equal(built.isSame, true, `round ${round}`);
  }
});

test('what the owner said before it was deleted does not come back', async () => {
  owner.deposit('a1', 1);
  await deliver();
  async function* late(): AsyncGenerator<ModelRow[]> {
    const page = wanted();
    owner.close('a1');
    await deliver();
    yield page;
  }
  await rebuild(database, model, late(), never);
  assert.deepEqual(await read(), []);
});

test('an owner that fails in the middle leaves the model as it is, and the next build is whole', async () => {
  for (let account = 0; account < 5; account += 1) owner.deposit(`a${account}`, account);
  await deliver();
  async function* broken(): AsyncGenerator<ModelRow[]> {
    yield wanted().slice(0, 1);
    throw new Error('away');
  }
  await assert.rejects(rebuild(database, model, broken(), never), /away/);
  owner.close('a0');
  await deliver();
  assert.deepEqual(await read(), wanted());
  assert.equal((await rebuild(database, model, pages(), never)).isSame, true);
  assert.deepEqual(await read(), wanted());
});

test('a model is built once when it is new, after a long absence and by newer code, by one instance', async () => {
  owner.deposit('a1', 1);
  let builds = 0;
  const readAll = async function* () {
    builds += 1;
    yield* pages();
  };
  const run = async (kept: ReadModel, until: () => Promise<boolean> | boolean) => {
    const stop = new AbortController();
    const options = { database, log: quietLog, signal: stop.signal };
    const instances = ['account-1', 'account-2'].map((serviceId) =>
      keepReadModel(kept, readAll, { ...options, serviceId, everyMs: 20 }),
    );
    await eventually(until);
    await sleep(200);
    stop.abort();
    await Promise.all(instances);
  };
  const built = async () => {
    const { rows } =
      await sql`select from weft.read_model where not is_building and built_at is not null
      and seen_at > now() - interval '1 hour'`.execute(database);
    return rows.length === 1;
  };
  await run(model, built);
  assert.equal(builds, 1);
  await run(model, built);
  assert.equal(builds, 1, 'it is there');
  await sql`update weft.read_model set seen_at = now() - interval '6 days 1 hour'`.execute(
    database,
  );
  await run(model, () => builds === 2);
  assert.equal(builds, 2, 'events may have gone');
  const newer = new ReadModel({ table: 'account', key: 'id', generation: 2 });
  await run(newer, () => builds === 3);
  assert.equal(builds, 3, 'the code is another');
  assert.deepEqual(await read(), wanted());
});

test('names that would end up in a statement are held to a form', () => {
  assert.throws(() => new ReadModel({ table: 'a; drop table b', key: 'id' }), TypeError);
  assert.throws(() => new ReadModel({ table: 'a', key: 'ID"' }), TypeError);
});
