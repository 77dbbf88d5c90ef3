import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../../../mesh/testing/eventually.ts';
import { AUTHORIZATION, ElasticsearchServer, LokiServer } from '../testing/LogServers.ts';
import { openTestLogging } from '../testing/openTestLogging.ts';
import { TestVictoriaLogs } from '../testing/TestVictoriaLogs.ts';
import { elasticsearch } from './elasticsearch.ts';
import { loki } from './loki.ts';

let victoriaLogs: TestVictoriaLogs;
before(async () => {
  victoriaLogs = await TestVictoriaLogs.start();
});
after(() => victoriaLogs?.stop());

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const TIME = () => new Date().toISOString();

test('Loki and Elasticsearch have each line once, though they fail after they have taken it', async () => {
  await using cleanup = new AsyncDisposableStack();
  const lokiServer = cleanup.adopt(await new LokiServer().start(), (each) => each.stop());
  const elasticServer = cleanup.adopt(await new ElasticsearchServer().start(), (each) =>
    each.stop(),
  );
  lokiServer.failures = 2;
  elasticServer.failures = 2;
  elasticServer.refused = 'unmappable';
  const targets = [
    loki({ url: lokiServer.url, authorization: AUTHORIZATION }),
    elasticsearch(
      { url: `${elasticServer.url}/`, authorization: AUTHORIZATION },
      'microservices-logs',
    ),
  ];
  const opened = cleanup.use(await openTestLogging(victoriaLogs.store, { targets }));
  const time = TIME();
  await opened.write('token', [
    { level: 'info', time, msg: 'Token created', instance: 't-1', traceId: TRACE, tokenId: 42 },
    { level: 'warn', time, msg: 'unmappable', level_: 'x', service: 'other' },
  ]);
  await opened.write('shop', [{ level: 'info', time, msg: 'sold' }], 2);
  await eventually(() => {
    assert.equal(lokiServer.entries.size, 3);
    assert.equal(elasticServer.documents.size, 2);
    assert.ok(opened.logging.forwarders.every(({ sent, refused }) => sent + refused === 3));
  });
  const [first] = lokiServer.entries.values();
  assert.deepEqual(first?.labels, { service: 'token', instance: 't-1', level: 'info' });
  assert.equal(first?.time, `${Date.parse(time)}000000`);
  const said = { service: 'token', instance: 't-1', level: 'info', message: 'Token created' };
  assert.deepEqual(JSON.parse(first?.line ?? ''), { ...said, traceId: TRACE, tokenId: '42' });
  const [document] = elasticServer.documents.values();
  assert.deepEqual(document, {
    ...{ ...said, traceId: TRACE, tokenId: '42' },
    '@timestamp': `${time.slice(0, -1)}000000Z`,
  });
  assert.match([...elasticServer.documents.keys()].join(), /^microservices-logs\/\d{16},/);
  const [toLoki, toElastic] = opened.logging.forwarders;
  assert.deepEqual([toLoki?.refused, toElastic?.refused], [0, 1]);
});

test('lines wait for targets that are down, hold up nothing else, and go to them once they are back', async () => {
  await using cleanup = new AsyncDisposableStack();
  const lokiServer = cleanup.adopt(await new LokiServer().start(), (each) => each.stop());
  const elasticServer = cleanup.adopt(await new ElasticsearchServer().start(), (each) =>
    each.stop(),
  );
  const targets = [
    loki({ url: lokiServer.url, authorization: AUTHORIZATION }),
    elasticsearch({ url: elasticServer.url, authorization: AUTHORIZATION }, 'logs'),
  ];
  const opened = cleanup.use(await openTestLogging(victoriaLogs.store, { targets }));
  const { forwarders, ledger } = opened.logging;
  const write = (from: number) => {
    const lines = Array.from({ length: 10 }, (_, at) => `down ${from + at}`);
    return opened.write(
      'down',
      lines.map((msg) => ({ level: 'info', time: TIME(), msg })),
      from,
    );
  };
  const sent = () => forwarders.map((each) => each.sent);
  await write(0);
  await eventually(() => assert.deepEqual(sent(), [10, 10]));
  for (const server of [lokiServer, elasticServer]) await server.stop();
  await write(10);
  await eventually(() => assert.equal(ledger.accounts.get('down')?.stored, 20));
  assert.deepEqual(sent(), [10, 10]);
  for (const server of [lokiServer, elasticServer]) await server.start();
  await eventually(() => assert.deepEqual(sent(), [20, 20]));
  const all = Array.from({ length: 20 }, (_, at) => `down ${at}`);
  assert.deepEqual(
    [...lokiServer.entries.values()].map(({ line }) => JSON.parse(line).message).sort(),
    all.toSorted(),
  );
  assert.deepEqual(
    [...elasticServer.documents.values()].map(({ message }) => message).sort(),
    all.toSorted(),
  );
});
