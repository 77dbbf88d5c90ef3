import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '../testing/eventually.ts';
import { TestConsul } from '../testing/TestConsul.ts';
import { TestNats } from '../testing/TestNats.ts';
import { connectNats, planEvents, publishedSubject } from './index.ts';

const cleanup = new AsyncDisposableStack();
let nats: TestNats;
const plan = planEvents(Contracts.load(), [
  { name: 'testing-ledger', consumes: [] },
  { name: 'reader', consumes: ['testing-ledger.deposited'] },
  { name: 'stranger', consumes: [] },
  { name: 'teller', consumes: [], rooms: true },
]);
const deposited = publishedSubject('testing-ledger.deposited', 'a');

before(async () => {
  const consul = cleanup.adopt(await TestConsul.start(), (each) => each.stop());
  nats = cleanup.adopt(await TestNats.start(consul, plan), (each) => each.stop());
});
after(() => cleanup.disposeAsync());

async function as(service: string): Promise<NatsConnection> {
  return cleanup.adopt(await nats.connect(service), (each) => each.close());
}

/** What NATS says to a request; its refusals come as errors of the connection. */
async function ask(connection: NatsConnection, subject: string, body = ''): Promise<string> {
  const refused = (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'error' && String(status.error).includes(subject)) return 'refused';
    }
    return 'closed';
  })();
  const answered = connection.request(subject, body, { timeout: 5_000 }).then(
    (answer) => answer.string(),
    (error) => (/ermission/.test(String(error)) ? 'refused' : `failed: ${error}`),
  );
  return Promise.race([refused, answered]);
}

test('a service publishes its own events and reads what it consumes, and nothing else', async () => {
  const publisher = await as('testing-ledger');
  assert.equal((await jetstream(publisher).publish(deposited, 'one')).seq, 1);
  const reader = await as('reader');
  const consumer = await jetstream(reader).consumers.get('EVENTS_testing-ledger', 'reader-0');
  assert.equal(consumer.isPullConsumer(), true);

  const forbidden: [NatsConnection, string, string?][] = [
    [reader, deposited],
    [publisher, 'events.other.created.k'],
    [reader, '$JS.API.STREAM.MSG.GET.EVENTS_testing-ledger', '{"seq":1}'],
    [reader, '$JS.API.STREAM.INFO.EVENTS_testing-ledger'],
    [reader, '$JS.API.STREAM.PURGE.EVENTS_testing-ledger'],
    [reader, '$JS.API.CONSUMER.CREATE.EVENTS_testing-ledger.reader-0', '{}'],
    [reader, '$JS.API.CONSUMER.CREATE.EVENTS_testing-ledger.mine.events.>', '{}'],
    [reader, '$JS.API.CONSUMER.DURABLE.CREATE.EVENTS_testing-ledger.reader-0', '{}'],
    [publisher, '$JS.API.CONSUMER.MSG.NEXT.EVENTS_testing-ledger.reader-0'],
    [publisher, '$JS.API.STREAM.DELETE.EVENTS_testing-ledger'],
    [await as('cli'), deposited],
  ];
  for (const [connection, subject, body] of forbidden) {
    assert.equal(await ask(connection, subject, body), 'refused', subject);
  }
});

test('nobody hears what is not addressed to him', async () => {
  const reader = await as('reader');
  for (const subject of ['events.>', '_INBOX.>', '_INBOX.testing-ledger.>', '$JS.>', '>']) {
    const heard = Promise.withResolvers<unknown>();
    reader.subscribe(subject, {
      callback: (error) => {
        if (error) heard.resolve(error);
      },
    });
    assert.match(String(await heard.promise), /ermission/, subject);
  }
});

test('a consumer sees the events that its manifest names, not others of the same stream', async () => {
  const publisher = await as('testing-ledger');
  const js = jetstream(publisher);
  await js.publish(publishedSubject('testing-ledger.closed', 'a'), 'no');
  await js.publish(deposited, 'two');
  const manager = await jetstreamManager(await as('cli'), { checkAPI: false });
  const consumers = await manager.consumers.list('EVENTS_testing-ledger').next();
  const pending = consumers.map(({ num_pending }) => num_pending);
  assert.equal(pending.length, 4);
  assert.equal(Math.max(...pending), 2);
});

test('who tells events in rooms hears those that contracts say are told there, and no others', async () => {
  const teller = await as('teller');
  const heard: string[] = [];
  teller.subscribe('rooms.teller.>', {
    callback: (_, message) => void heard.push(message.string()),
  });
  await teller.flush();
  const js = jetstream(await as('testing-ledger'));
  await js.publish(publishedSubject('testing-ledger.closed', 'b'), 'no');
  await js.publish(deposited, 'told');
  await eventually(() => assert.equal(heard.at(-1), 'told'));
  // Those before it, of other tests, are told in the room, too, when they come.
  assert.ok(!heard.includes('no'), heard.join());
  for (const subject of [
    'rooms.teller.events.forged',
    deposited,
    '$JS.API.CONSUMER.CREATE.ROOMS_teller.mine',
    '$JS.API.STREAM.PURGE.ROOMS_teller',
    '$JS.API.DIRECT.GET.EVENTS_testing-ledger',
  ]) {
    assert.equal(await ask(teller, subject, '{}'), 'refused', subject);
  }
  const reader = await as('reader');
  const refused = Promise.withResolvers<unknown>();
  reader.subscribe('rooms.teller.>', {
    callback: (error) => void (error && refused.resolve(error)),
  });
  assert.match(String(await refused.promise), /ermission/);
});

test('a member that neither publishes nor consumes, and whoever is none, are let in nowhere', async () => {
  const connection = connectNats({
    ...{ url: nats.url, service: 'stranger', name: 'stranger', wait: false },
    identity: await nats.identity('stranger'),
  });
  await assert.rejects(connection, /uthorization/);
});

test('a client speaks with no other member that poses as NATS', async () => {
  // The server shows the certificate of another service that the same root vouches for.
  const { certificate, key } = await nats.identity('nats');
  const own = await Promise.all([readFile(certificate), readFile(key)]);
  const other = await nats.identity('stranger');
  await writeFile(`${certificate}.new`, await readFile(other.certificate));
  await writeFile(`${key}.new`, await readFile(other.key));
  await rename(`${key}.new`, key);
  await rename(`${certificate}.new`, certificate);
  nats.signal('SIGHUP');
  const errors: string[] = [];
  await eventually(async () => {
    const failed = await connectNats({
      url: nats.url,
      service: 'reader',
      name: 'reader',
      identity: await nats.identity('reader'),
      wait: false,
    }).then((each) => each.close(), String);
    if (failed) errors.push(failed);
    return /svc\/stranger/.test(String(failed));
  });
  await writeFile(key, own[1]);
  await writeFile(certificate, own[0]);
  nats.signal('SIGHUP');
  await eventually(async () => (await as('reader')).isClosed() === false);
});

test('a renewed certificate is what a client connects with from then on', async () => {
  const connection = await as('reader');
  const reconnected = (async () => {
    for await (const { type } of connection.status()) if (type === 'reconnect') return true;
    return false;
  })();
  const { certificate } = await nats.identity('reader');
  await writeFile(`${certificate}.new`, await readFile(certificate));
  await rename(`${certificate}.new`, certificate);
  assert.equal(await reconnected, true);
});
