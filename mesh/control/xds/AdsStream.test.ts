import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { decodeResource } from '../testing/decode.ts';
import { FakeSource } from '../testing/FakeSource.ts';
import { sampleClient } from '../testing/samples.ts';
import { AdsStream } from './AdsStream.ts';
import type { DiscoveryResponse } from './discoveryMessages.ts';
import { type ResourceType, typeOfUrl, typeUrl } from './ResourceType.ts';

describe('AdsStream', () => {
  let source: FakeSource;
  let stream: AdsStream;
  let sent: DiscoveryResponse[];
  let events: string[];
  let isCongested: boolean;
  const logged: { names: string[]; reason: string }[] = [];
  const log = pino({ level: 'error' }, { write: (line) => void logged.push(JSON.parse(line)) });

  beforeEach(() => {
    source = new FakeSource();
    sent = [];
    events = [];
    isCongested = false;
    stream = new AdsStream({
      client: sampleClient,
      source,
      log,
      send(response) {
        sent.push(response);
        return !isCongested;
      },
      observed: (type, event) => void events.push(`${type} ${event}`),
    });
  });

  /** Sends a request, by default with the nonce of the last response of its type. */
  async function ask(type: ResourceType, names: string[], more: object = {}): Promise<void> {
    const last = sent.findLast((response) => response.type_url === typeUrl(type));
    stream.receive({
      type_url: typeUrl(type),
      resource_names: names,
      response_nonce: last?.nonce ?? '',
      ...more,
    });
    await turn();
  }
  async function set(type: ResourceType, name: string, content: string): Promise<void> {
    source.set(type, name, content);
    await turn();
  }
  /** Names and contents of the responses since the last call, such as "listener: a=1 b=1". */
  let read = 0;
  beforeEach(() => {
    read = 0;
  });
  function received(): string[] {
    const fresh = sent.slice(read);
    read = sent.length;
    return fresh.map(({ type_url, resources, version_info: version }) => {
      const type = typeOfUrl(type_url) ?? 'listener';
      const contents = resources.map(({ value: bytes }) => {
        const message = decodeResource({ type, name: '', version, bytes });
        const content =
          message.stat_prefix ?? message.alt_stat_name ?? message.virtual_hosts?.[0].name;
        return `${message.name ?? message.cluster_name}=${content ?? message.endpoints[0].locality.region}`;
      });
      return `${type}: ${contents.join(' ')}`;
    });
  }

  test('answers what is known, with a nonce of its own for each response', async () => {
    await set('listener', 'a', '1');
    await ask('listener', ['a']);
    assert.deepEqual(received(), ['listener: a=1']);
    await ask('listener', ['a']);
    await set('listener', 'a', '2');
    assert.deepEqual(received(), ['listener: a=2']);
    assert.notEqual(sent[0]?.nonce, sent[1]?.nonce);
    assert.notEqual(sent[0]?.version_info, sent[1]?.version_info);
  });

  test('says nothing of what is not known yet, and answers as soon as it is', async () => {
    await ask('endpoints', ['a']);
    assert.deepEqual(received(), []);
    await set('endpoints', 'a', '1');
    assert.deepEqual(received(), ['endpoints: a=1']);
  });

  test('an ACK is answered with nothing', async () => {
    await set('listener', 'a', '1');
    await ask('listener', ['a']);
    await ask('listener', ['a']);
    assert.equal(sent.length, 1);
    assert.deepEqual(events, ['listener sent', 'listener ack']);
    assert.equal(stream.status[0]?.state, 'acked');
  });

  test('a NACK is logged in the words of the client, and the same is not sent again', async () => {
    await set('cluster', 'a', '1');
    await ask('cluster', ['a']);
    await ask('cluster', ['a'], { error_detail: { message: 'no such policy' } });
    assert.equal(sent.length, 1);
    assert.deepEqual(events, ['cluster sent', 'cluster nack']);
    assert.equal(stream.status[0]?.state, 'nacked');
    assert.equal(stream.status[0]?.error, 'no such policy');
    assert.equal(logged.at(-1)?.reason, 'no such policy');
    assert.deepEqual(logged.at(-1)?.names, ['a']);
    await set('cluster', 'a', '2');
    assert.equal(sent.length, 2);
    await ask('cluster', ['a']);
    assert.equal(stream.status[0]?.state, 'acked');
    assert.equal(stream.status[0]?.error, undefined);
  });

  test('a listener or cluster response carries all names, one of endpoints only the news', async () => {
    for (const type of ['listener', 'endpoints'] as const) {
      await set(type, 'a', '1');
      await set(type, 'b', '1');
      await ask(type, ['a', 'b']);
      await ask(type, ['a', 'b']);
      await set(type, 'b', '2');
    }
    assert.deepEqual(received(), [
      'listener: a=1 b=1',
      'listener: a=1 b=2',
      'endpoints: a=1 b=1',
      'endpoints: b=2',
    ]);
  });

  test('while a response is under way, changes gather and go out as one after the ACK', async () => {
    await set('endpoints', 'a', '1');
    await set('endpoints', 'b', '1');
    await ask('endpoints', ['a', 'b']);
    for (const content of ['2', '3', '4']) await set('endpoints', 'a', content);
    assert.deepEqual(received(), ['endpoints: a=1 b=1']);
    await ask('endpoints', ['a', 'b']);
    assert.deepEqual(received(), ['endpoints: a=4']);
  });

  test('a content that changes and changes back is not sent', async () => {
    await set('endpoints', 'a', '1');
    await ask('endpoints', ['a']);
    await set('endpoints', 'a', '2');
    await set('endpoints', 'a', '1');
    await ask('endpoints', ['a']);
    assert.deepEqual(received(), ['endpoints: a=1']);
  });

  test('of a request that has crossed a response, the names count and the verdict does not', async () => {
    await set('listener', 'a', '1');
    await set('listener', 'b', '1');
    await ask('listener', ['a']);
    await ask('listener', ['a', 'b'], { response_nonce: '', error_detail: { message: 'old' } });
    assert.equal(stream.status[0]?.state, 'pending');
    assert.deepEqual(received(), ['listener: a=1']);
    await ask('listener', ['a', 'b']);
    assert.deepEqual(received(), ['listener: a=1 b=1']);
  });

  test('a repeated request for endpoints is answered again, as Envoy needs', async () => {
    await set('endpoints', 'a', '1');
    await ask('endpoints', ['a']);
    await ask('endpoints', ['a']);
    await ask('endpoints', ['a']);
    assert.deepEqual(received(), ['endpoints: a=1', 'endpoints: a=1']);
    await ask('endpoints', ['a']);
    assert.deepEqual(received(), []);
  });

  test('a name that is taken back and asked for again is answered again', async () => {
    await set('listener', 'a', '1');
    await set('listener', 'b', '1');
    await ask('listener', ['a', 'b']);
    await ask('listener', ['a']);
    assert.equal(source.followers('listener', 'b'), 0);
    await ask('listener', ['a', 'b']);
    assert.deepEqual(received(), ['listener: a=1 b=1', 'listener: a=1 b=1']);
  });

  test('clusters and endpoints go first; routes wait until the client has taken them', async () => {
    const types = ['routes', 'listener', 'endpoints', 'cluster'] as const;
    for (const type of types) {
      source.set(type, 'a', '1');
      stream.receive({ type_url: typeUrl(type), resource_names: ['a'] });
    }
    await turn();
    assert.deepEqual(received(), ['cluster: a=1', 'endpoints: a=1', 'listener: a=1']);
    await ask('cluster', ['a']);
    assert.deepEqual(received(), []);
    await ask('endpoints', ['a']);
    assert.deepEqual(received(), ['routes: a=1']);
  });

  test('an Envoy is told of a cluster that is new, and keeps one that no route names any more', async () => {
    source.all = ['a'];
    await set('cluster', 'a', '1');
    await set('cluster', 'b', '1');
    await ask('cluster', []);
    assert.deepEqual(received(), ['cluster: a=1']);
    await ask('cluster', []);
    source.all = ['b'];
    await set('cluster', 'a', '2');
    assert.deepEqual(received(), ['cluster: a=2 b=1']);
    await ask('cluster', []);
    assert.deepEqual(stream.status[0]?.names, ['a', 'b']);
  });

  test('without names, all clusters are meant; also when there are none', async () => {
    await ask('cluster', []);
    assert.deepEqual(received(), ['cluster: ']);
    assert.deepEqual(stream.status[0]?.names, []);
  });

  test('an answer to a wildcard waits until it is complete, however long', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    source.all = ['a', 'b'];
    await set('cluster', 'a', '1');
    await ask('cluster', ['*']);
    context.mock.timers.tick(60_000);
    await turn();
    assert.deepEqual(received(), []);
    await set('cluster', 'b', '1');
    assert.deepEqual(received(), ['cluster: a=1 b=1']);
  });

  test('a name that stays unknown keeps the others waiting for 3 s only', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    await set('listener', 'a', '1');
    await ask('listener', ['a', 'b']);
    context.mock.timers.tick(2_900);
    await turn();
    assert.deepEqual(received(), []);
    context.mock.timers.tick(200);
    await turn();
    assert.deepEqual(received(), ['listener: a=1']);
    await ask('listener', ['a', 'b']);
    await set('listener', 'a', '2');
    assert.deepEqual(received(), ['listener: a=2']);
    await ask('listener', ['a', 'b']);
    await set('listener', 'b', '1');
    assert.deepEqual(received(), ['listener: a=2 b=1']);
  });

  test('types that are not served are passed over', async () => {
    stream.receive({ type_url: 'type.googleapis.com/envoy.service.runtime.v3.Runtime' });
    await turn();
    assert.deepEqual(sent, []);
    assert.deepEqual(stream.status, []);
  });

  test('a client that does not read gets nothing more, and the newest once it has read', async () => {
    await set('endpoints', 'a', '1');
    isCongested = true;
    await ask('endpoints', ['a']);
    for (let i = 0; i < 5; i++) {
      await set('endpoints', 'a', `${i}`);
      await ask('endpoints', ['a']);
      await ask('endpoints', ['a']);
    }
    assert.deepEqual(received(), ['endpoints: a=1']);
    isCongested = false;
    stream.resume();
    await turn();
    assert.deepEqual(received(), ['endpoints: a=4']);
  });

  test('a client that refuses the same for ever is not logged for ever', async () => {
    await set('endpoints', 'a', '1');
    await ask('endpoints', ['a']);
    logged.length = 0;
    for (let i = 0; i < 5; i++) {
      await ask('endpoints', ['a'], { error_detail: { message: 'x'.repeat(100_000) } });
      await ask('endpoints', ['a']);
    }
    assert.equal(events.filter((event) => event === 'endpoints nack').length, 5);
    assert.equal(logged.length, 1);
    assert.equal(logged[0]?.reason.length, 2_000);
    await set('endpoints', 'a', '2');
    await ask('endpoints', ['a'], { error_detail: { message: 'no' } });
    assert.equal(logged.length, 2);
  });

  test('follows nothing after it is closed', async () => {
    await set('listener', 'a', '1');
    await ask('listener', ['a']);
    stream.close();
    assert.equal(source.followers('listener', 'a'), 0);
  });
});
