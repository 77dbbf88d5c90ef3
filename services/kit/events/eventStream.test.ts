import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { Contracts } from '@weft/mesh/contracts';
import { planEvents, streamOf } from '@weft/mesh/events';
import { eventually } from '@weft/mesh/testing/eventually';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { TestNats } from '@weft/mesh/testing/TestNats';
import { Printed } from '@weft/proto/testing/v1/tape';
import { type Generated, sql } from 'kysely';
import { openMember, type TestMember } from '../testing/openMember.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import type { WritingTerm } from './EventStream.ts';
import { on } from './on.ts';
import { StreamWriter } from './StreamWriter.ts';

interface Reader {
  applied: { id: Generated<number>; symbol: string; number: number };
}

const contracts = Contracts.load();
const plan = planEvents(contracts, [
  { name: 'testing-tape', consumes: [] },
  { name: 'reader', consumes: ['testing-tape.printed'] },
]);
const postgres = usePostgres();
let consul: TestConsul;
let folders: { readonly root: string; readonly tape: string; readonly reader: string };
let nats: TestNats;
let tapeUrl: string;
let opened: AsyncDisposableStack;

before(async () => {
  consul = await TestConsul.start();
  const root = await mkdtemp(join(tmpdir(), 'weft-tape-'));
  const [tape, reader] = [await mkdtemp(join(root, 't-')), await mkdtemp(join(root, 'r-'))];
  folders = { root, tape, reader };
  await writeFile(
    join(reader, '001.ts'),
    `export const up = (db) => db.schema.createTable('applied')
      .addColumn('id', 'bigint', (c) => c.generatedAlwaysAsIdentity())
      .addColumn('symbol', 'text').addColumn('number', 'bigint').execute();`,
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
  tapeUrl = await postgres.createDatabase();
});

async function openTape(instance = 1): Promise<TestMember<unknown>> {
  const tape = await openMember<unknown>({
    ...{ service: 'testing-tape', instance, contracts, nats, databaseUrl: tapeUrl },
    migrations: folders.tape,
  });
  return opened.use(tape);
}

/** Prints the next numbers of a symbol, from what the stream has of it. */
async function print(
  { stream }: TestMember<unknown>,
  { publish, epoch }: WritingTerm,
  symbol: string,
  count: number,
): Promise<void> {
  const last = (await stream.last(Printed, symbol))?.event.number ?? 0;
  await publish(
    Printed,
    Array.from({ length: count }, (_, index) => ({ symbol, number: last + 1 + index, epoch })),
  );
}

/** Prints on, each symbol in turn, until its term ends. */
function keepPrinting(tape: TestMember<unknown>, symbols: readonly string[]): void {
  tape.stream.write(async (term) => {
    while (!term.signal.aborted) {
      for (const symbol of symbols) await print(tape, term, symbol, 2);
      await sleep(20);
    }
  });
}

/** One term of an instance, for as long as the test wants it. */
async function takeTerm({ stream }: TestMember<unknown>): Promise<WritingTerm> {
  const taken = Promise.withResolvers<WritingTerm>();
  const over = Promise.withResolvers<void>();
  opened.defer(() => over.resolve());
  stream.write(async (term) => {
    taken.resolve(term);
    await over.promise;
  });
  return taken.promise;
}

/** All that the stream has, in its order. */
async function stored(): Promise<Printed[]> {
  const connection = await nats.connect('cli');
  try {
    const { streams } = await jetstreamManager(connection, { checkAPI: false });
    const { state } = await streams.info(streamOf('testing-tape'));
    const printed: Printed[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const message = await streams.getMessage(streamOf('testing-tape'), { seq });
      if (message) printed.push(Printed.decode(message.data));
    }
    return printed;
  } finally {
    await connection.close();
  }
}

const numbersOf = (printed: readonly Printed[], symbol: string) =>
  printed.filter((each) => each.symbol === symbol).map(({ number }) => number);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('who is no longer the one who writes gets nothing into the stream, whatever he believes', async () => {
  const [first, second] = [await openTape(1), await openTape(2)];
  const stale = await takeTerm(first);
  await print(first, stale, 'A', 3);
  const connection = opened.adopt(await nats.connect('testing-tape'), (each) => each.close());
  const writer = await StreamWriter.open({ connection, service: 'testing-tape', outbox: 'any' });
  // As if it had stood still: another one takes over, and has not written yet.
  await sql`update weft.lease set owner = 'nobody', expires_at = '-infinity' where name = 'stream'`.execute(
    first.database as never,
  );
  const term = await takeTerm(second);
  assert.ok(term.epoch > stale.epoch);
  await print(second, term, 'A', 2);
  const believing = { ...stale, isHeld: () => true };
  await eventually(() => assert.equal(stale.isHeld(), false));
  await assert.rejects(
    believing.publish(Printed, [{ symbol: 'A', number: 99, epoch: stale.epoch }]),
    /another instance may be writing/,
  );
  // Nor if it were so late that it does not even ask: the stream ends with another event by now.
  const late = Printed.encode({ symbol: 'A', number: 4, epoch: stale.epoch }).finish();
  await assert.rejects(
    writer.publish([
      {
        ...{ position: 4, type: Printed.$type, subject: 'testing-tape.printed', key: 'A' },
        ...{ payload: late, trace: null, actor: null, written_at: new Date() },
      },
    ]),
    /wrong last sequence/,
  );
  await print(second, term, 'A', 1);
  const printed = await stored();
  assert.deepEqual(numbersOf(printed, 'A'), upTo(6));
  assert.deepEqual(
    printed.map(({ epoch }) => epoch === term.epoch),
    [false, false, false, true, true, true],
  );
});

test('another instance goes on where the one that has ended has come to, and the last of each key is found', async () => {
  const first = await openTape(1);
  assert.equal(await first.stream.last(Printed, 'A'), undefined);
  keepPrinting(first, ['A', 'B']);
  const numberOf = async (symbol: string) =>
    (await first.stream.last(Printed, symbol))?.event.number ?? 0;
  await eventually(async () => (await numberOf('B')) >= 4);
  await first.stop();
  const second = await openTape(2);
  const before = (await second.stream.last(Printed, 'A'))?.event;
  assert.ok(before);
  keepPrinting(second, ['A', 'B']);
  await eventually(async () => {
    const last = (await second.stream.last(Printed, 'B'))?.event;
    return last && last.epoch > before.epoch && last.number > before.number + 2;
  });
  await second.stop();
  const printed = await stored();
  for (const symbol of ['A', 'B']) {
    const numbers = numbersOf(printed, symbol);
    assert.deepEqual(numbers, upTo(numbers.length));
  }
});

test('who reads behind what he knows is given each event of the key behind it, and no other', async () => {
  const tape = await openTape();
  const term = await takeTerm(tape);
  const behind = async (symbol: string, known: number) => {
    const events = tape.stream.behind(Printed, symbol, ({ number }) => number <= known);
    return (await Array.fromAsync(events)).map(({ number }) => number);
  };
  assert.deepEqual(await behind('A', 0), []);
  for (const [symbol, count] of [
    ['A', 1],
    ['B', 5],
    ['A', 3],
    ['C', 1],
    ['A', 3],
  ] as const) {
    await print(tape, term, symbol, count);
  }
  for (let known = 0; known <= 8; known += 1) {
    assert.deepEqual(await behind('A', known), upTo(7).slice(known), `behind ${known}`);
  }
  assert.deepEqual(await behind('B', 2), [3, 4, 5]);
  assert.deepEqual(await behind('NONE', 0), []);
});

test('who follows hears of each event, and of the gap when NATS has been away', async () => {
  const writer = await openTape(1);
  const follower = await openTape(2);
  const heard: Printed[] = [];
  let gaps = 0;
  const end = await follower.stream.follow({
    onEvent: (key, decode) => {
      const printed = decode(Printed);
      assert.equal(key, printed.symbol);
      heard.push(printed);
    },
    onGap: () => {
      gaps += 1;
    },
  });
  keepPrinting(writer, ['ä b', 'B']);
  await eventually(() => assert.ok(heard.length >= 8));
  assert.equal(gaps, 0);
  assert.deepEqual(numbersOf(heard, 'B').slice(0, 4), upTo(4));
  await nats.kill();
  await nats.run();
  await eventually(() => assert.ok(gaps > 0));
  // What is missing is read; what is told from now on has no hole.
  const from = (await follower.stream.last(Printed, 'ä b'))?.event.number ?? 0;
  await eventually(() => assert.ok((numbersOf(heard, 'ä b').at(-1) ?? 0) > from + 6));
  const later = numbersOf(heard, 'ä b').filter((number) => number > from);
  assert.deepEqual(
    later,
    later.map((_, index) => (later[0] ?? 0) + index),
  );
  end();
  const { length } = heard;
  const last = (await writer.stream.last(Printed, 'B'))?.event.number ?? 0;
  await eventually(
    async () => ((await writer.stream.last(Printed, 'B'))?.event.number ?? 0) > last,
  );
  assert.equal(heard.length, length);
});

test('a consumer handles each event of it once and in order, over the deaths of NATS and of who writes', async () => {
  const readerUrl = await postgres.createDatabase();
  const apply = on<Printed, Reader>(Printed, async ({ symbol, number }, { transaction }) => {
    await transaction.insertInto('applied').values({ symbol, number }).execute();
  });
  const open = (instance: number) =>
    openMember<Reader>({
      ...{ service: 'reader', instance, contracts, nats, databaseUrl: readerUrl },
      ...{ migrations: folders.reader, consumers: [apply] },
    });
  const reader = opened.use(await open(1));
  opened.use(await open(2));
  const symbols = ['A', 'B', 'C', 'D', 'E'];
  const tapes = [await openTape(1), await openTape(2)] as const;
  for (const tape of tapes) keepPrinting(tape, symbols);
  const goesOn = async () => {
    const count = async () => {
      const { rows } = await sql<{ count: number }>`select count(*)::int from applied`.execute(
        reader.database,
      );
      return rows[0]?.count ?? 0;
    };
    const before = await count();
    await eventually(async () => (await count()) > before + 40, 60_000);
  };
  await goesOn();
  for (let times = 0; times < 2; times += 1) {
    await nats.kill();
    await nats.run();
    await goesOn();
  }
  await tapes[0].stop();
  await goesOn();
  await tapes[1].stop();
  const printed = await stored();
  const applied = async () =>
    reader.database.selectFrom('applied').select(['symbol', 'number']).orderBy('id').execute();
  await eventually(async () => (await applied()).length >= printed.length, 60_000);
  // What would come twice comes soon after.
  await sleep(300);
  const rows = await applied();
  for (const symbol of symbols) {
    const numbers = rows.filter((row) => row.symbol === symbol).map(({ number }) => number);
    assert.deepEqual(numbers, upTo(numbers.length), symbol);
    assert.deepEqual(numbers, numbersOf(printed, symbol), symbol);
  }
});
