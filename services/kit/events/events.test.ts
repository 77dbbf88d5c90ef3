import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { context, trace } from '@opentelemetry/api';
import { Contracts } from '@weft/mesh/contracts';
import { partitionsOf, planEvents, streamOf } from '@weft/mesh/events';
import { eventually } from '@weft/mesh/testing/eventually';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { TestNats } from '@weft/mesh/testing/TestNats';
import { Closed, Deposited } from '@weft/proto/testing/v1/ledger';
import { type Generated, sql } from 'kysely';
import { transact } from '../database/transact.ts';
import type { LeaseTerm } from '../lease/Lease.ts';
import { openMember, type TestMember } from '../testing/openMember.ts';
import { quietLog } from '../testing/quietLog.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { DeadLetters } from './DeadLetters.ts';
import { type Consumer, on, onBatch } from './on.ts';
import { PartitionConsumer } from './PartitionConsumer.ts';
import { Relay } from './Relay.ts';

interface Ledger {
  deposit: { account: string; number: number };
}
interface Reader {
  applied: {
    id: Generated<number>;
    account: string;
    number: number;
    actor: string | null;
    trace: string | null;
  };
}

const contracts = Contracts.load();
const plan = planEvents(contracts, [
  { name: 'testing-ledger', consumes: [] },
  { name: 'reader', consumes: ['testing-ledger.deposited', 'testing-ledger.closed'] },
]);
const postgres = usePostgres();
let consul: TestConsul;
let folders: { ledger: string; reader: string; root: string };
let nats: TestNats;
let ledgerUrl: string;
let readerUrl: string;
let opened: AsyncDisposableStack;

before(async () => {
  consul = await TestConsul.start();
  const root = await mkdtemp(join(tmpdir(), 'weft-events-'));
  folders = {
    root,
    ledger: await mkdtemp(join(root, 'l-')),
    reader: await mkdtemp(join(root, 'r-')),
  };
  await writeFile(
    join(folders.ledger, '001.ts'),
    `export const up = (db) => db.schema.createTable('deposit')
      .addColumn('account', 'text').addColumn('number', 'bigint').execute();`,
  );
  await writeFile(
    join(folders.reader, '001.ts'),
    `export const up = (db) => db.schema.createTable('applied')
      .addColumn('id', 'bigint', (c) => c.generatedAlwaysAsIdentity())
      .addColumn('account', 'text').addColumn('number', 'bigint')
      .addColumn('actor', 'text').addColumn('trace', 'text').execute();`,
  );
});
after(async () => {
  await consul?.stop();
  await rm(folders.root, { recursive: true });
});
beforeEach(async (t) => {
  opened = new AsyncDisposableStack();
  (t as { after(hook: () => Promise<void>): void }).after(() => opened.disposeAsync());
  nats = opened.adopt(await TestNats.start(consul, plan), (each) => each.stop());
  ledgerUrl = await postgres.createDatabase();
  readerUrl = await postgres.createDatabase();
});

async function openLedger(instance = 1): Promise<TestMember<Ledger>> {
  return opened.use(
    await openMember<Ledger>({
      ...{ service: 'testing-ledger', instance, contracts, nats, databaseUrl: ledgerUrl },
      migrations: folders.ledger,
    }),
  );
}

const apply: Consumer<Reader> = on(
  Deposited,
  async ({ account, number }, { transaction, actor }) => {
    const row = { account, number, actor: actor ?? null };
    const span = trace.getSpan(context.active())?.spanContext().traceId ?? null;
    await transaction
      .insertInto('applied')
      .values({ ...row, trace: span })
      .execute();
  },
);
const ignoreClosed: Consumer<Reader> = on(Closed, async () => {});

async function openReader(instance = 1, consumers = [apply, ignoreClosed]) {
  return opened.use(
    await openMember<Reader>({
      ...{ service: 'reader', instance, contracts, nats, databaseUrl: readerUrl, consumers },
      migrations: folders.reader,
    }),
  );
}

/** Its own relay never gets the lease. */
async function openLedgerWithoutRelay(): Promise<TestMember<Ledger>> {
  const ledger = await openMember<Ledger>({
    ...{ service: 'testing-ledger', contracts, nats, databaseUrl: ledgerUrl },
    ...{ migrations: folders.ledger, leaseMs: 600_000 },
  });
  await sql`
    insert into weft.lease values ('relay', 'nobody', 1, 'infinity')
    on conflict (name) do update set owner = 'nobody', expires_at = 'infinity'`.execute(
    ledger.database,
  );
  return opened.use(ledger);
}

/** Publishes by this connection, which is closed with it, whoever has the lease. */
function runRelay(ledger: TestMember<Ledger>, connection: NatsConnection, epoch: number): void {
  opened.adopt(connection, (each) => each.close());
  const relay = new Relay({
    ...{ database: ledger.database as never, connection, service: 'testing-ledger' },
    log: quietLog,
  });
  keepRunning((term) => relay.run(term), epoch);
}

/** Runs what wants a lease, until the test is over, without one. @returns how to take that away. */
function keepRunning(run: (term: LeaseTerm) => Promise<void>, epoch: number): () => void {
  const stop = new AbortController();
  const running = run({ epoch, signal: stop.signal, isHeld: () => true });
  opened.defer(async () => {
    stop.abort();
    await running;
  });
  return () => stop.abort();
}

/** Deposits, as a service would: the row and the event in one transaction. */
function deposit({ database, events }: TestMember<Ledger>, account: string, number: number) {
  return transact(database, async (transaction) => {
    await transaction.insertInto('deposit').values({ account, number }).execute();
    await events.add(transaction, Deposited, { account, cents: 1, number });
  });
}

async function applied({ database }: TestMember<Reader>): Promise<Map<string, number[]>> {
  const rows = await database.selectFrom('applied').selectAll().orderBy('id').execute();
  const byAccount = new Map<string, number[]>();
  for (const { account, number } of rows) {
    byAccount.set(account, [...(byAccount.get(account) ?? []), number]);
  }
  return byAccount;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Waits until each account has had all of its deposits, and holds them against what they should be: once, in order. */
async function assertApplied(
  reader: TestMember<Reader>,
  expected: Readonly<Record<string, number>>,
  withinMs = 60_000,
) {
  const total = Object.values(expected).reduce((sum, count) => sum + count, 0);
  await eventually(async () => {
    const counted = [...(await applied(reader)).values()].flat().length;
    if (counted < total) throw new Error(`${counted} of ${total} have come`);
  }, withinMs);
  // What would come twice comes soon after.
  await sleep(300);
  const found = await applied(reader);
  for (const [account, count] of Object.entries(expected)) {
    assert.deepEqual(found.get(account), upTo(count), account);
  }
}

test('an event comes once, in order, with its actor and trace; what is undone is told to nobody', async () => {
  const ledger = await openLedger();
  const reader = await openReader();
  await assert.rejects(
    transact(ledger.database, async (transaction) => {
      await ledger.events.add(transaction, Deposited, { account: 'a', cents: 1, number: 99 });
      throw new Error('undone');
    }),
    /undone/,
  );
  const traceId = 'ab'.repeat(16);
  const span = trace.wrapSpanContext({ traceId, spanId: 'cd'.repeat(8), traceFlags: 0 });
  await context.with(trace.setSpan(context.active(), span), () =>
    transact(ledger.database, (transaction) =>
      ledger.events.add(
        transaction,
        Deposited,
        { account: 'a', cents: 1, number: 1 },
        { actor: 'user:Zoë' },
      ),
    ),
  );
  await deposit(ledger, 'a', 2);
  await assertApplied(reader, { a: 2 });
  const [first] = await reader.database.selectFrom('applied').selectAll().orderBy('id').execute();
  assert.equal(first?.actor, 'user:Zoë');
  assert.equal(first?.trace, traceId);
});

test('who commits last is not passed over, and of one key nobody overtakes him', async () => {
  const ledger = await openLedger();
  const reader = await openReader();
  const written = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const slow = transact(ledger.database, async (transaction) => {
    await ledger.events.add(transaction, Deposited, { account: 'slow', cents: 1, number: 1 });
    written.resolve();
    await go.promise;
  });
  await written.promise;
  const behind = deposit(ledger, 'slow', 2);
  await deposit(ledger, 'other', 1);
  await assertApplied(reader, { other: 1 });
  assert.equal((await applied(reader)).has('slow'), false);
  go.resolve();
  await Promise.all([slow, behind]);
  await assertApplied(reader, { slow: 2, other: 1 });
});

test('two instances of each, and NATS killed again and again: none is lost, none counts twice', async () => {
  const ledgers = [await openLedger(1), await openLedger(2)];
  const readers = [await openReader(1), await openReader(2)];
  const accounts = ['a', 'b', 'c', 'd', 'e', 'f'];
  const COUNT = 60;
  const killing = (async () => {
    for (let times = 0; times < 3; times += 1) {
      await sleep(400);
      await nats.kill();
      await sleep(200);
      await nats.run();
    }
  })();
  await Promise.all(
    accounts.map(async (account, index) => {
      for (const number of upTo(COUNT)) {
        await deposit(ledgers[(index + number) % 2] as TestMember<Ledger>, account, number);
        await sleep(20);
      }
    }),
  );
  await killing;
  const [reader] = readers as [TestMember<Reader>];
  await assertApplied(reader, Object.fromEntries(accounts.map((each) => [each, COUNT])));
});

test('what NATS has lost with its power is published again, and counts once', async () => {
  const ledger = await openLedger();
  const reader = await openReader();
  for (const number of upTo(5)) await deposit(ledger, 'a', number);
  await assertApplied(reader, { a: 5 });
  await nats.kill();
  await nats.save();
  await nats.run();
  for (const number of [6, 7, 8]) await deposit(ledger, 'a', number);
  await assertApplied(reader, { a: 8 });
  await nats.kill();
  await nats.restore();
  await nats.run();
  const late = await openReader(2, [apply, ignoreClosed]);
  for (const number of [9, 10]) await deposit(ledger, 'a', number);
  await assertApplied(late, { a: 10 });
});

test('a consumer that comes late, or goes for a while, misses nothing', async () => {
  const ledger = await openLedger();
  for (const number of upTo(250)) await deposit(ledger, 'a', number);
  const first = await openReader();
  await assertApplied(first, { a: 250 });
  await first.stop();
  for (const number of [251, 252]) await deposit(ledger, 'a', number);
  await assertApplied(await openReader(2), { a: 252 });
});

test('an event that cannot be handled holds up its key alone, and is given up with its cause', async () => {
  const ledger = await openLedger();
  let mends = false;
  const picky = on<Deposited, Reader>(
    Deposited,
    async (event, eventContext) => {
      if (event.account === 'bad' && event.number === 2 && !mends)
        throw new Error('no such account');
      await apply.handle(event, eventContext);
    },
    { attempts: 2 },
  );
  const reader = await openReader(1, [picky, ignoreClosed]);
  for (const number of [1, 2, 3]) await deposit(ledger, 'bad', number);
  for (const number of upTo(20)) await deposit(ledger, 'good', number);
  await assertApplied(reader, { good: 20, bad: 1 });
  const parked = () =>
    sql<{ state: string; cause: string; attempts: number }>`
      select state, cause, attempts from weft.parked_event order by position`
      .execute(reader.database)
      .then(({ rows }) => rows);
  await eventually(async () => (await parked())[0]?.state === 'dead');
  assert.deepEqual(await parked(), [
    { state: 'dead', cause: 'Error: no such account', attempts: 2 },
    { state: 'waiting', cause: '', attempts: 0 },
  ]);
  // As an operator would.
  mends = true;
  await sql`update weft.parked_event set state = 'waiting', try_at = now() where state = 'dead'`.execute(
    reader.database,
  );
  await assertApplied(reader, { good: 20, bad: 3 });
  assert.deepEqual(await parked(), []);
});

test('where order does not matter, later events of the key go on', async () => {
  const ledger = await openLedger();
  const picky = on<Deposited, Reader>(
    Deposited,
    async (event, eventContext) => {
      if (event.number === 1) throw new Error('no');
      await apply.handle(event, eventContext);
    },
    { attempts: 1, keepsOrder: false },
  );
  const reader = await openReader(1, [picky, ignoreClosed]);
  for (const number of [1, 2, 3]) await deposit(ledger, 'a', number);
  await eventually(async () => (await applied(reader)).get('a')?.length === 2);
  assert.deepEqual((await applied(reader)).get('a'), [2, 3]);
});

test('what one that stands still sends after another has gone on changes neither order nor number', async () => {
  const ledger = await openLedgerWithoutRelay();
  const reader = await openReader();
  const stale = opened.adopt(await nats.connect('testing-ledger'), (each) => each.close());
  // What it publishes leaves when the test lets it.
  const send = stale.request.bind(stale);
  const held: { go(): void; readonly done: Promise<unknown> }[] = [];
  stale.request = (subject, ...rest) => {
    if (!subject.startsWith('events.')) return send(subject, ...rest);
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = promise.then(() => send(subject, ...rest));
    held.push({ go: resolve, done });
    return done;
  };
  runRelay(ledger, stale, 10);
  await transact(ledger.database, async (transaction) => {
    for (const number of upTo(3)) {
      await ledger.events.add(transaction, Deposited, { account: 'a', cents: 1, number });
    }
  });
  await eventually(async () => assert.equal(held.length, 3));
  const release = async (index: number) => {
    held[index]?.go();
    await held[index]?.done;
  };
  // The last one is there before the others, as if these had been lost.
  await release(2);
  runRelay(ledger, await nats.connect('testing-ledger'), 11);
  await assertApplied(reader, { a: 3 });
  await Promise.all([release(0), release(1)]);
  await deposit(ledger, 'a', 4);
  await assertApplied(reader, { a: 4 });
  const operator = opened.adopt(await nats.connect('cli'), (each) => each.close());
  const manager = await jetstreamManager(operator, { checkAPI: false });
  assert.equal((await manager.streams.info(streamOf('testing-ledger'))).state.messages, 4);
});

test('what got its place by a statement whose answer was lost is published, before what comes later', async () => {
  const ledger = await openLedger();
  const reader = await openReader();
  await deposit(ledger, 'a', 1);
  await assertApplied(reader, { a: 1 });
  await ledger.database.transaction().execute(async (transaction) => {
    await ledger.events.add(transaction, Deposited, { account: 'a', cents: 1, number: 2 });
    await sql`
      with state as (
        update weft.outbox_state set position = position + 1 returning position
      )
      update weft.outbox set position = state.position, placed_at = clock_timestamp()
      from state where outbox.position is null`.execute(transaction);
  });
  await deposit(ledger, 'a', 3);
  await assertApplied(reader, { a: 3 });
});

test('who has lost its lease while it handles an event keeps nobody waiting, and what it does does not count', async () => {
  const ledger = await openLedger();
  // It consumes nothing by itself.
  const holder = await openReader(1, []);
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let calls = 0;
  const slow = on<Deposited, Reader>(Deposited, async (event, eventContext) => {
    calls += 1;
    if (calls === 1) {
      begun.resolve();
      await go.promise;
    }
    await apply.handle(event, eventContext);
  });
  const consumers = new Map([
    [Deposited.$type, slow],
    [Closed.$type, ignoreClosed],
  ]);
  const consume = async (epoch: number) => {
    const connection = opened.adopt(await nats.connect('reader'), (each) => each.close());
    return partitionsOf(undefined).map((partition) => {
      const consumer = new PartitionConsumer<Reader>({
        ...{ database: holder.database, connection, service: 'reader', consumers },
        ...{ publisher: 'testing-ledger', partition, log: quietLog, events: holder.events },
      });
      return keepRunning((term) => consumer.run(term), epoch);
    });
  };
  const stops = await consume(1);
  await deposit(ledger, 'a', 1);
  await begun.promise;
  for (const stop of stops) stop();
  await consume(2);
  await assertApplied(holder, { a: 1 });
  go.resolve();
  await deposit(ledger, 'a', 2);
  await assertApplied(holder, { a: 2 });
});

test('an event at which processes die is given up before it kills the next one', async () => {
  const ledger = await openLedger();
  // Its database, as three processes have left it that died at the first event.
  await (await openReader(1, [])).database.transaction().execute(async (transaction) => {
    for (const partition of partitionsOf(undefined)) {
      await sql`
        insert into weft.event_cursor (publisher, partition, stopped, suspect, deaths)
        values ('testing-ledger', ${partition}, false, 1, 2)`.execute(transaction);
    }
  });
  await deposit(ledger, 'deadly', 1);
  await deposit(ledger, 'other', 1);
  const touched: string[] = [];
  const watched = on<Deposited, Reader>(
    Deposited,
    async (event, eventContext) => {
      touched.push(event.account);
      await apply.handle(event, eventContext);
    },
    { keepsOrder: false },
  );
  const reader = await openReader(2, [watched, ignoreClosed]);
  await assertApplied(reader, { other: 1 });
  const parked = async () => {
    const { rows } = await sql<{ state: string; cause: string; key: string }>`
      select state, cause, key from weft.parked_event`.execute(reader.database);
    return rows;
  };
  await eventually(async () => (await parked()).length > 0);
  assert.deepEqual(await parked(), [
    { state: 'dead', cause: 'processes have ended 3 times while they handled it', key: 'deadly' },
  ]);
  assert.deepEqual(touched, ['other']);
});

test('a parked event at which processes die is given up, and tried again when it is replayed', async () => {
  const ledger = await openLedger();
  let fails = true;
  const picky = on<Deposited, Reader>(
    Deposited,
    async (event, eventContext) => {
      if (fails) throw new Error('no');
      await apply.handle(event, eventContext);
    },
    { attempts: 2 },
  );
  const first = await openReader(1, [picky, ignoreClosed]);
  await deposit(ledger, 'a', 1);
  const parked = async (database: TestMember<Reader>['database']) => {
    const { rows } = await sql<{ id: number; state: string; cause: string }>`
      select id, state, cause from weft.parked_event`.execute(database);
    return rows[0];
  };
  await eventually(async () => assert.equal((await parked(first.database))?.state, 'dead'));
  await first.stop();
  fails = false;
  // As processes have left it that died while they tried it again.
  const second = await openReader(2, []);
  await sql`update weft.parked_event set state = 'waiting', attempts = 5, try_at = now()`.execute(
    second.database,
  );
  const reader = await openReader(3, [picky, ignoreClosed]);
  await eventually(async () => {
    assert.match((await parked(reader.database))?.cause ?? '', /processes have ended/);
  });
  assert.equal((await applied(reader)).size, 0);
  const letters = new DeadLetters(reader.database as never);
  assert.equal(await letters.replayAll({ type: '', key: 'a' }), 1);
  await assertApplied(reader, { a: 1 });
});

test('what is replayed while its last attempt fails is tried once more', async () => {
  const ledger = await openLedger();
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let tries = 0;
  const picky = on<Deposited, Reader>(
    Deposited,
    async (event, eventContext) => {
      tries += 1;
      if (tries === 2) {
        begun.resolve();
        await go.promise;
      }
      if (tries <= 2) throw new Error('no');
      await apply.handle(event, eventContext);
    },
    { attempts: 2 },
  );
  const reader = await openReader(1, [picky, ignoreClosed]);
  await deposit(ledger, 'a', 1);
  await begun.promise;
  const letters = new DeadLetters(reader.database as never);
  const [letter] = await letters.list({ type: '', key: '' }, true, undefined, 10);
  assert.equal(await letters.replay(letter?.id ?? 0), true);
  go.resolve();
  await assertApplied(reader, { a: 1 });
});

test('events that are handled together count once each, in order, and one that cannot be is put aside alone', async () => {
  const sizes: number[] = [];
  const together = onBatch<Deposited, Reader, Deposited[]>(
    Deposited,
    {
      async prepare(events) {
        sizes.push(events.length);
        return events.map((each) => each.decode());
      },
      async handle(deposits, { transaction }) {
        if (deposits.some(({ number }) => number === 13)) throw new Error('unlucky');
        const rows = deposits.map(({ account, number }) => ({ account, number }));
        await transaction.insertInto('applied').values(rows).execute();
      },
    },
    { keepsOrder: false, attempts: 1 },
  );
  const ledger = await openLedger();
  await transact(ledger.database, (transaction) =>
    ledger.events.addAll(
      transaction,
      Deposited,
      upTo(60).map((number) => ({ account: number % 3 > 0 ? 'a' : 'b', cents: 1, number })),
    ),
  );
  const reader = await openReader(1, [together, ignoreClosed]);
  await eventually(async () => {
    const found = await applied(reader);
    const [a, b] = ['a', 'b'].map((account) => found.get(account) ?? []);
    assert.deepEqual(
      a,
      upTo(60).filter((number) => number % 3 > 0 && number !== 13),
    );
    assert.deepEqual(
      b,
      upTo(60).filter((number) => number % 3 === 0),
    );
  }, 60_000);
  assert.ok(Math.max(...sizes) > 1, `${sizes}`);
  const { rows } = await sql<{ state: string; cause: string }>`
    select state, cause from weft.parked_event`.execute(reader.database);
  assert.deepEqual(rows, [{ state: 'dead', cause: 'Error: unlucky' }]);
});
