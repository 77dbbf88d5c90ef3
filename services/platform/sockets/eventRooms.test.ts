import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { jetstream } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { Contracts } from '@weft/mesh/contracts';
import { EventHeader, planEvents, publishedSubject } from '@weft/mesh/events';
import { eventually } from '@weft/mesh/testing/eventually';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { TestNats } from '@weft/mesh/testing/TestNats';
import { Deposited } from '@weft/proto/testing/v1/ledger';
import { Client } from './testing/Client.ts';
import { type OpenSockets, openSockets } from './testing/openSockets.ts';

const SUBJECT = 'testing-ledger.deposited';

suite('Rooms that are told events', { timeout: 180_000 }, () => {
  const contracts = Contracts.load();
  let consul: TestConsul;
  let nats: TestNats;
  let publisher: NatsConnection;
  let position = 0;

  before(async () => {
    consul = await TestConsul.start();
    const services = [
      { name: 'testing-ledger', consumes: [] },
      { name: 'sockets', consumes: [], rooms: true },
    ];
    nats = await TestNats.start(consul, planEvents(contracts, services));
    publisher = await nats.connect('testing-ledger');
  });
  after(async () => {
    await publisher?.close();
    await nats?.stop();
    await consul?.stop();
  });

  /** Publishes as the outbox does. */
  const deposit = async (account: string, number: number, at = ++position) => {
    const head = headers();
    head.set(EventHeader.type, Deposited.$type);
    head.set(EventHeader.outbox, 'one');
    head.set(EventHeader.position, String(at));
    const payload = Deposited.encode(Deposited.create({ account, number, cents: 1 })).finish();
    await eventually(
      () =>
        jetstream(publisher).publish(publishedSubject(SUBJECT, account), payload, {
          headers: head,
        }),
      60_000,
    );
  };
  const deposits = async (account: string, from: number, to: number) => {
    for (let number = from; number <= to; number++) await deposit(account, number);
  };
  const open = async (): Promise<OpenSockets & { connection: NatsConnection }> => {
    const connection = await nats.connect('sockets');
    const opened = await openSockets({ contracts, connection });
    return {
      ...opened,
      connection,
      async [Symbol.asyncDispose]() {
        await opened.kill();
        await connection.close();
      },
    };
  };
  const numbers = ({ told }: Client) => told.map(({ payload }) => Number(payload.number));
  const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

  test('a member is told each event of its room, once and in order, and of no other', async () => {
    await using sockets = await open();
    using client = await Client.open(sockets.url);
    await deposits('ann', 1, 3);
    const joined = await client.join('testing-account:ann');
    assert.equal(joined.error, undefined);
    await Promise.all([deposits('ann', 4, 60), deposits('bob', 1, 10)]);
    // What is published twice, as after a power loss of NATS, is told once.
    await deposit('ann', 60, position);
    await deposit('ann', 61);
    await eventually(() => assert.equal(numbers(client).at(-1), 61));
    const [first = 0] = numbers(client);
    assert.ok(first <= 4, 'what came after the join is there');
    assert.deepEqual(numbers(client), upTo(61).slice(first - 1));
    assert.deepEqual(client.told[0]?.payload, {
      account: 'ann',
      cents: '1',
      number: String(first),
    });
    assert.equal(client.told[0]?.event, 'account:deposited');
  });

  test('who comes back to another instance goes on where he was, without a gap or a repetition', async () => {
    await using one = await open();
    await using two = await open();
    using client = await Client.open(one.url);
    const joined = await client.join('testing-account:carl');
    await deposits('carl', 1, 20);
    await eventually(() => assert.deepEqual(numbers(client), upTo(20)));
    const gone = new Promise((resolve) => client.socket.once('disconnect', resolve));
    await one.kill();
    await gone;
    await deposits('carl', 21, 40);
    using again = await Client.open(two.url);
    const answer = await again.join('testing-account:carl', client.position(joined));
    assert.equal(answer.recovered, true);
    await deposits('carl', 41, 45);
    await eventually(() => assert.equal(numbers(again).at(-1), 45));
    assert.deepEqual([...numbers(client), ...numbers(again)], upTo(45));
    // And to an instance that has begun since.
    await using three = await open();
    using late = await Client.open(three.url);
    const recovered = await late.join('testing-account:carl', client.position(joined));
    assert.equal(recovered.recovered, true);
    await eventually(() => assert.deepEqual([...numbers(client), ...numbers(late)], upTo(45)));
  });

  test('sockets at two instances are told the same, in one order and at the same offsets', async () => {
    await using one = await open();
    await using two = await open();
    const urls = [one.url, two.url, one.url, two.url];
    const clients = await Promise.all(urls.map((url) => Client.open(url)));
    using cleanup = new DisposableStack();
    for (const client of clients) cleanup.use(client);
    const joined = await Promise.all(clients.map((client) => client.join('testing-account:fay')));
    await Promise.all([deposits('fay', 1, 100), deposits('gil', 1, 100)]);
    const after = Math.max(...joined.map(({ offset }) => Number(offset)));
    const told = (client: Client) =>
      client.told
        .map(({ payload, at }) => [Number(at.offset), payload.number])
        .filter(([offset]) => Number(offset) > after);
    await eventually(() => {
      for (const client of clients) assert.equal(numbers(client).at(-1), 100);
    });
    const [first, ...others] = clients.map(told);
    assert.deepEqual(
      first?.map(([, number]) => Number(number)),
      upTo(100),
    );
    for (const other of others) assert.deepEqual(other, first);
  });

  test('who has been away too long, or comes from another epoch, is told to load anew', async () => {
    await using sockets = await open();
    using client = await Client.open(sockets.url);
    await deposits('dora', 1, 2);
    const { epoch, offset } = await client.join('testing-account:dora');
    for (const from of [
      { epoch: 'another', offset },
      { epoch, offset: String(Number(offset) + 1_000_000) },
      { epoch, offset: '-1' },
      { epoch, offset: 'NaN' },
    ]) {
      const answer = await client.join('testing-account:dora', from);
      assert.equal(answer.recovered, false, JSON.stringify(from));
      assert.equal(answer.epoch, epoch);
      assert.equal(answer.snapshot, null);
    }
    client.told.length = 0;
    await deposit('dora', 3);
    await eventually(() => assert.deepEqual(numbers(client), [3]));
  });

  test('when NATS is killed, members hear the rest as soon as it is back', async () => {
    await using sockets = await open();
    using client = await Client.open(sockets.url);
    await client.join('testing-account:emma');
    await deposits('emma', 1, 10);
    await eventually(() => assert.deepEqual(numbers(client), upTo(10)));
    await nats.kill();
    const later = deposits('emma', 11, 30);
    await nats.run();
    await later;
    await eventually(() => assert.deepEqual(numbers(client), upTo(30)), 60_000);
  });
});
