import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Contracts } from '@weft/mesh/contracts';
import { planEvents } from '@weft/mesh/events';
import { eventually } from '@weft/mesh/testing/eventually';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { TestNats } from '@weft/mesh/testing/TestNats';
import { Deposited } from '@weft/proto/testing/v1/ledger';
import { sql } from 'kysely';
import { transact } from '../database/transact.ts';
import { openMember } from '../testing/openMember.ts';
import { quietLog } from '../testing/quietLog.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { keepReadModel } from './keepReadModel.ts';
import { ReadModel } from './ReadModel.ts';

interface DB {
  account: { id: string; cents: number; version: number };
}

const postgres = usePostgres();
const ACCOUNTS = ['a', 'b', 'c', 'd', 'e', 'f'];

test('a read model that events keep by NATS is what its owner has, also when it is built while that changes', async () => {
  await using opened = new AsyncDisposableStack();
  const contracts = Contracts.load();
  const consul = opened.adopt(await TestConsul.start(), (each) => each.stop());
  const plan = planEvents(contracts, [
    { name: 'testing-ledger', consumes: [] },
    { name: 'reader', consumes: ['testing-ledger.deposited'] },
  ]);
  const nats = opened.adopt(await TestNats.start(consul, plan), (each) => each.stop());
  const migrations = await mkdtemp(join(tmpdir(), 'weft-model-'));
  opened.defer(() => rm(migrations, { recursive: true }));
  await writeFile(
    join(migrations, '001.ts'),
    `export const up = (db) => db.schema.createTable('account')
      .addColumn('id', 'text', (c) => c.primaryKey()).addColumn('cents', 'bigint')
      .addColumn('version', 'bigint', (c) => c.notNull()).execute();`,
  );
  const shared = { contracts, nats, migrations };
  const model = new ReadModel({ table: 'account', key: 'id' });
  const ledger = opened.use(
    await openMember<DB>({
      ...{ ...shared, service: 'testing-ledger', databaseUrl: await postgres.createDatabase() },
    }),
  );
  const change = async (id: string) =>
    transact(ledger.database, async (transaction) => {
      const { rows } = await sql<{ cents: number; version: number }>`
        insert into account values (${id}, 7, 1)
        on conflict (id) do update set cents = account.cents * 3 % 1000003, version = account.version + 1
        returning cents, version`.execute(transaction);
      const { cents = 0, version = 0 } = rows[0] ?? {};
      await ledger.events.add(transaction, Deposited, { account: id, cents, number: version });
    });
  const all = ({ database }: typeof ledger) =>
    database.selectFrom('account').selectAll().orderBy('id').execute();
  // Before anybody hears of it.
  for (const id of ACCOUNTS) await change(id);

  const stop = new AbortController();
  const changing = Promise.all(
    ACCOUNTS.map(async (id) => {
      while (!stop.signal.aborted) {
        await change(id);
        await sleep(20);
      }
    }),
  );
  opened.defer(async () => {
    stop.abort();
    await changing;
  });
  const reader = opened.use(
    await openMember<DB>({
      ...{ ...shared, service: 'reader', databaseUrl: await postgres.createDatabase() },
      consumers: [
        model.on<Deposited, DB>(Deposited, ({ account, cents, number }) => ({
          ...{ id: account, cents, version: number },
        })),
      ],
    }),
  );
  const built: { isSame: boolean }[] = [];
  const log = {
    ...quietLog,
    info: (fields: object, message: string) => {
      if (message === 'a read model has been built') built.push(fields as { isSame: boolean });
    },
  };
  for (const generation of [1, 2]) {
    const ended = new AbortController();
    const keeping = keepReadModel(
      new ReadModel({ table: 'account', key: 'id', generation }),
      async function* () {
        yield await all(ledger);
      },
      { database: reader.database, serviceId: 'reader-1', log, signal: ended.signal },
    );
    if (generation === 2) {
      await nats.kill();
      await nats.run();
    }
    await eventually(async () => assert.equal(built.length, generation), 60_000);
    ended.abort();
    await keeping;
  }
  stop.abort();
  await changing;
  await eventually(async () => assert.deepEqual(await all(reader), await all(ledger)), 60_000);
  assert.ok((await all(ledger)).every(({ version }) => version > 1));
});
