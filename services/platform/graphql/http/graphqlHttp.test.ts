import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { auditServer } from 'graphql-http';
import { eventually } from '../../../../mesh/testing/eventually.ts';
import { openShop } from '../testing/openShop.ts';
import { readPlayground } from './playground.ts';

test('the server passes the audits of GraphQL over HTTP, those that are advice too', async () => {
  // Some of them ask what the schema is.
  await using shop = await openShop({ playground: new Map() });
  const { server } = shop;
  const ask: typeof fetch = async (url, { method = 'GET', headers = {}, body } = {}) => {
    const { pathname, search } = new URL(String(url));
    const given = { ...Object.fromEntries(new Headers(headers)), ':method': method };
    // Without an end a request that may have a body waits for it.
    const sent = method === 'GET' ? undefined : Buffer.from(String(body ?? ''));
    const answer = await server.ask(pathname + search, given, sent);
    const type = String(answer.headers['content-type'] ?? '');
    return new Response(answer.body, { status: answer.status, headers: { 'content-type': type } });
  };
  const results = await auditServer({ url: 'http://graphql/graphql', fetchFn: ask });
  assert.ok(results.length > 60, String(results.length));
  const failed = results.filter(({ status }) => status !== 'ok');
  assert.deepEqual(
    failed.map((each) => [each.name, 'reason' in each ? each.reason : '']),
    [],
  );
});

test('a change is refused by GET, and a query is kept by nobody on the way', async () => {
  await using shop = await openShop();
  const mutation = encodeURIComponent('mutation { placeOrder { idempotencyKey } }');
  assert.equal((await shop.server.ask(`/graphql?query=${mutation}`)).status, 405);
  const query = encodeURIComponent('{ listOrders(pageSize: 1) { nextPageToken } }');
  const answer = await shop.server.ask(`/graphql?query=${query}`);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.deepEqual(shop.counts(), { ListOrders: 1 });
  assert.equal((await shop.server.ask('/graphql/else')).status, 404);
});

test('a subscription comes as server-sent events, its failure as the last of them', async () => {
  await using shop = await openShop();
  const events = async (query: string) => {
    const headers = {
      ':method': 'POST',
      ...{ 'content-type': 'application/json', accept: 'text/event-stream' },
    };
    const answer = await shop.server.ask(
      '/graphql',
      headers,
      Buffer.from(JSON.stringify({ query })),
    );
    assert.equal(answer.status, 200, answer.body);
    return [...answer.body.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, name, data]) => [
      ...[name, data ? JSON.parse(data) : undefined],
    ]);
  };
  assert.deepEqual(await events('subscription { watchOrders(count: 2) { number } }'), [
    ['next', { data: { watchOrders: { number: 1 } } }],
    ['next', { data: { watchOrders: { number: 2 } } }],
    ['complete', undefined],
  ]);
  const failing = await events('subscription { watchOrders(count: 3) { number } }');
  assert.equal(failing.length, 5);
  const [, last] = failing[3] ?? [];
  assert.equal(last.data.watchOrders, null);
  assert.equal(last.errors[0].message, 'the shop closes');
  assert.equal(last.errors[0].extensions.code, 'UNAVAILABLE');
  const [refused] = await events('subscription { watchNobody { number } }');
  assert.equal(refused?.[1].errors[0].extensions.reason, 'QUERY_INVALID');
  const [plain] = await events('{ listOrders(pageSize: 1) { nextPageToken } }');
  assert.deepEqual(plain, ['next', { data: { listOrders: { nextPageToken: '' } } }]);
});

test('who goes away from a quiet subscription is gone for the service too', async () => {
  await using shop = await openShop();
  const query = 'subscription { watchOrders(count: 0) { number } }';
  const stream = shop.server.open('/graphql', {
    ...{ ':method': 'POST', 'content-type': 'application/json', accept: 'text/event-stream' },
  });
  stream.on('error', () => {});
  stream.end(JSON.stringify({ query }));
  await once(stream, 'data');
  await eventually(() => assert.deepEqual(shop.counts(), { WatchOrders: 1 }));
  stream.close(8);
  await eventually(() => assert.equal(shop.counts().left, 1));
});

test('in development there is a page that loads nothing from elsewhere, introspection, and what a query costs; otherwise none of them', async () => {
  const html = { accept: 'text/html,*/*' };
  const query = '{ listOrders(pageSize: 2) { orders { lines { product { title } } } } }';
  {
    await using shop = await openShop({ playground: await readPlayground('/graphql') });
    const page = await shop.server.ask('/graphql', html);
    assert.equal(page.status, 200);
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.ok(!policy.includes('http'), policy);
    const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
    assert.equal(loaded.length, 5);
    for (const url of loaded) {
      assert.match(url, /^\/graphql\/playground\//);
      assert.equal((await shop.server.ask(url)).status, 200, url);
    }
    const { extensions } = (await shop.ask(query)).body;
    assert.equal(extensions.calls, 2);
    assert.deepEqual(extensions.cost.estimate, { calls: 2, objects: 83 });
    const { body } = await shop.ask('{ __schema { queryType { name } } }');
    assert.equal(body.data.__schema.queryType.name, 'Query');
  }
  await using shop = await openShop();
  assert.notEqual((await shop.server.ask('/graphql', html)).status, 200);
  assert.equal((await shop.server.ask('/graphql/playground/start.js')).status, 404);
  assert.equal((await shop.ask(query)).body.extensions, undefined);
});
