import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import type { NatsConnection } from '@nats-io/transport-node';
import { Contracts } from '@weft/mesh/contracts';
import { planEvents } from '@weft/mesh/events';
import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { eventually } from '@weft/mesh/testing/eventually';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { TestNats } from '@weft/mesh/testing/TestNats';
import { Deposited } from '@weft/proto/testing/v1/ledger';
import { transact } from '../../kit/database/transact.ts';
import { openMember, type TestMember } from '../../kit/testing/openMember.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import type { CallSnapshot } from './rooms/readSnapshot.ts';
import { Client, type Joined } from './testing/Client.ts';
import { type OpenSockets, openSockets } from './testing/openSockets.ts';

interface Ledger {
  account: { name: string; number: number; cents: number };
}
/** Of each account, its last deposit. */
type Accounts = Map<string, { number: number; cents: number }>;
interface Said {
  readonly account: string;
  /** Absent: 0. */
  readonly number?: string;
  readonly cents?: string;
}

const ROOM = 'testing-ledger';
const FOLLOWERS = 300;
const AT_ONCE = 10;
/** Each holds a connection to the database, of which there are five. */
const WRITERS = 3;
const NAMES = Array.from({ length: 12 }, (_, index) => `account-${index}`);
const contracts = Contracts.load();
const postgres = usePostgres();

suite('Rooms of events that have a snapshot', { timeout: 300_000 }, () => {
  const opened = new AsyncDisposableStack();
  let nats: TestNats;
  let ledger: TestMember<Ledger>;

  before(async () => {
    const consul = opened.adopt(await TestConsul.start(), (each) => each.stop());
    const services = [
      { name: 'testing-ledger', consumes: [] },
      { name: 'sockets', consumes: [], rooms: true },
    ];
    nats = opened.adopt(await TestNats.start(consul, planEvents(contracts, services)), (each) =>
      each.stop(),
    );
    const migrations = opened.adopt(await mkdtemp(join(tmpdir(), 'weft-snapshots-')), (each) =>
      rm(each, { recursive: true }),
    );
    await writeFile(
      join(migrations, '001.ts'),
      `export const up = (db) => db.schema.createTable('account').addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('number', 'bigint').addColumn('cents', 'bigint').execute();`,
    );
    ledger = opened.use(
      await openMember<Ledger>({
        ...{ service: 'testing-ledger', contracts, nats, migrations },
        databaseUrl: await postgres.createDatabase(),
      }),
    );
    const rows = NAMES.map((name) => ({ name, number: 0, cents: 0 }));
    await ledger.database.insertInto('account').values(rows).execute();
  });
  after(() => opened.disposeAsync());

  /** One more cent for an account. Transactions overlap, and end in another order than they write their events in. */
  const deposit = (name: string) =>
    transact(ledger.database, async (transaction) => {
      const { number, cents } = await transaction
        .updateTable('account')
        .set((row) => ({ number: row('number', '+', 1), cents: row('cents', '+', 1) }))
        .where('name', '=', name)
        .returning(['number', 'cents'])
        .executeTakeFirstOrThrow();
      await ledger.events.add(transaction, Deposited, { account: name, number, cents });
      await sleep(Math.random() * 8);
    });

  /** The method of the contract that answers the snapshot. */
  const listAccounts: CallSnapshot = async ({ method }) => {
    const { result, asOf } = await ledger.events.readAsOf(ledger.database, (transaction) =>
      transaction.selectFrom('account').selectAll().execute(),
    );
    const accounts = result.map(({ name, number, cents }) => ({
      account: name,
      ...{ number: BigInt(number), cents: BigInt(cents) },
    }));
    return create(method.output, { accounts, asOf } as never);
  };

  const open = async (callSnapshot = listAccounts): Promise<OpenSockets> => {
    const connection: NatsConnection = await nats.connect('sockets');
    const sockets = await openSockets({ contracts, connection, callSnapshot });
    return {
      ...sockets,
      async [Symbol.asyncDispose]() {
        await sockets.kill();
        await connection.close();
      },
    };
  };

  /** Events may have to wait for who publishes them. */
  const joinAtLast = (client: Client): Promise<Joined> =>
    eventually(async () => {
      const joined = await client.join(ROOM);
      assert.equal(joined.error, undefined);
      return joined;
    }, 60_000);

  const accountsOf = ({ snapshot }: Joined): Accounts => {
    const said = (snapshot?.accounts ?? []) as Said[];
    return new Map(
      said.map(({ account, number, cents }) => [
        account,
        { number: Number(number ?? 0), cents: Number(cents ?? 0) },
      ]),
    );
  };

  /** Adds what a client has been told to what it began with: each deposit follows the one before it. */
  const applied = new WeakMap<Client, number>();
  const apply = (accounts: Accounts, client: Client): void => {
    for (const { payload } of client.told.slice(applied.get(client))) {
      const { account, number, cents } = payload as unknown as Said;
      const known = accounts.get(account);
      assert.ok(known, account);
      assert.equal(Number(number), known.number + 1, `${account}: missing, or twice`);
      accounts.set(account, { number: known.number + 1, cents: Number(cents) });
    }
    applied.set(client, client.told.length);
  };

  const committed = async (): Promise<Accounts> => {
    const rows = await ledger.database.selectFrom('account').selectAll().execute();
    return new Map(rows.map(({ name, number, cents }) => [name, { number, cents }]));
  };

  test('hundreds who join while events flow, and go on at another instance, miss none and are told none twice', async () => {
    await using one = await open();
    await using two = await open();
    const instances = [one, two];
    let isOver = false;
    const writers = Array.from({ length: WRITERS }, async () => {
      while (!isOver) await deposit(NAMES[Math.floor(Math.random() * NAMES.length)] ?? '');
    });
    const followers: { accounts: Accounts; client: Client }[] = [];
    let besides = 0;
    const follow = async (index: number) => {
      const { url } = instances[index % 2] ?? one;
      let client = await Client.open(url);
      let joined = await joinAtLast(client);
      if (joined.offset.includes('+')) besides += 1;
      const accounts = accountsOf(joined);
      assert.equal(accounts.size, NAMES.length);
      if (index % 3 === 0) {
        // Some break off at once, others after they have been told something.
        await sleep(index % 50);
        client.socket.disconnect();
        apply(accounts, client);
        const again = await Client.open((instances[(index + 1) % 2] ?? one).url);
        joined = await again.join(ROOM, client.position(joined));
        assert.equal(joined.recovered, true);
        client = again;
      }
      followers.push({ accounts, client });
    };
    let next = 0;
    const joining = async () => {
      while (next < FOLLOWERS) await follow(next++);
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, joining));
      isOver = true;
      await Promise.all(writers);
      const expected = await committed();
      await eventually(() => {
        for (const { accounts, client } of followers) {
          apply(accounts, client);
          assert.deepEqual(accounts, expected);
        }
      }, 60_000);
      for (const { client } of followers) client.socket.disconnect();
    } finally {
      isOver = true;
      await Promise.all(writers);
    }
    assert.ok(besides > 0, 'some have joined while events had no place yet');
  });

  test('who may not read the snapshot is not in the room, and is told why', async () => {
    await using sockets = await open(async () => {
      throw new RpcError(Status.PERMISSION_DENIED, 'the ledger is closed', {
        details: [errorInfo('LEDGER_CLOSED')],
      });
    });
    using client = await Client.open(sockets.url);
    const { error } = await client.join(ROOM);
    assert.deepEqual([error?.code, error?.reason], ['PERMISSION_DENIED', 'LEDGER_CLOSED']);
    client.socket.disconnect();
    await eventually(() => assert.equal(sockets.rooms.size, 0));
  });

  test('while NATS is away nobody joins by a snapshot that he would be told of once more', async () => {
    await using sockets = await open();
    await nats.kill();
    await deposit('account-0');
    using client = await Client.open(sockets.url);
    assert.equal((await client.join(ROOM)).error?.code, 'UNAVAILABLE');
    await nats.run();
    const accounts = accountsOf(await joinAtLast(client));
    await deposit('account-0');
    const expected = await committed();
    await eventually(() => {
      apply(accounts, client);
      assert.deepEqual(accounts, expected);
    });
  });
});
