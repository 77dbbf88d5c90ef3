import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestIdentity } from '@weft/mesh/testing/TestIdentity';
import { openShop } from '../testing/openShop.ts';
import { KnownOperations } from './KnownOperations.ts';

test('a failure has code and reason and says nothing of the inside, and what else was asked for is answered', async () => {
  const identity = await TestIdentity.create();
  await using shop = await openShop({ identity });
  const as = { 'x-weft-principal': await identity.inner() };
  const { status, body } = await shop.ask(
    `{ a: getOrder(orderId: "x") { order { orderId } }
       b: getOrder(orderId: "broken") { order { orderId } }
       c: getOrder(orderId: "internal") { order { orderId } }
       listOrders(pageSize: 1) { orders { orderId } } }`,
    {},
    as,
  );
  assert.equal(status, 200);
  assert.deepEqual(body.data, {
    ...{ a: null, b: null, c: null },
    listOrders: { orders: [{ orderId: 'order-0' }] },
  });
  const told = body.errors.map(({ path, message, extensions }: never) => [
    ...[String(path), message, Object(extensions).code],
  ]);
  assert.deepEqual(told.sort(), [
    ['a', 'no order x', 'NOT_FOUND'],
    ['b', 'internal error', 'INTERNAL'],
    ['c', 'internal error', 'INTERNAL'],
  ]);
  assert.doesNotMatch(JSON.stringify(body), /secret_table|sda|\.ts|node_modules/);
});

test('who has not said who he is gets nothing that services alone may have without a user', async () => {
  const identity = await TestIdentity.create();
  await using shop = await openShop({ identity });
  const query = '{ getOrder(orderId: "x") { order { orderId } } }';
  const guest = await shop.ask(query);
  assert.deepEqual(guest.body.errors[0].extensions, {
    ...{ code: 'UNAUTHENTICATED', reason: 'PRINCIPAL_REQUIRED' },
  });
  assert.deepEqual(shop.counts(), {});
  const forged = await shop.server.ask(
    '/graphql',
    { ':method': 'POST', 'content-type': 'application/json', 'x-weft-principal': 'forged' },
    Buffer.from(JSON.stringify({ query })),
  );
  assert.equal(forged.status, 401);
  const token = await identity.inner();
  const user = await shop.ask(query, {}, { 'x-weft-principal': token });
  assert.equal(user.body.errors[0].extensions.code, 'NOT_FOUND');
  const [call] = shop.calls;
  assert.equal(call?.metadata.get('x-weft-principal')[0], token);
});

test('each of several changes has an idempotency key of its own, the same when the operation comes again', async () => {
  await using shop = await openShop();
  const place = (name: string) =>
    `${name}: placeOrder(order: {orderId: "${name}"}) { order { orderId } idempotencyKey }`;
  const key = { 'idempotency-key': 'k1' };
  const { body } = await shop.ask(`mutation { ${place('a')} ${place('b')} }`, {}, key);
  assert.deepEqual(body.data.a, { order: { orderId: 'a' }, idempotencyKey: 'k1' });
  assert.deepEqual(body.data.b, { order: { orderId: 'b' }, idempotencyKey: 'k1:b' });
  assert.equal((await shop.ask(`mutation { ${place('c')} }`)).body.data.c.idempotencyKey, '');
});

test('a persisted operation is named by its hash once it has been sent, and no other text goes by that', async () => {
  await using shop = await openShop();
  const query = '{ listOrders(pageSize: 1) { orders { orderId } } }';
  const hash = createHash('sha256').update(query).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
  const send = async (body: object) => {
    const headers = { ':method': 'POST', 'content-type': 'application/json' };
    const answer = await shop.server.ask('/graphql', headers, Buffer.from(JSON.stringify(body)));
    return JSON.parse(answer.body);
  };
  const unknown = await send({ extensions });
  assert.equal(unknown.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
  const other = await send({ extensions, query: '{ listOrders { nextPageToken } }' });
  assert.equal(other.errors[0].extensions.reason, 'OPERATION_HASH');
  assert.deepEqual(shop.counts(), {});
  const first = await send({ extensions, query });
  assert.deepEqual(await send({ extensions }), first);
  const search = new URLSearchParams({ extensions: JSON.stringify(extensions) });
  const got = await shop.server.ask(`/graphql?${search}`);
  assert.deepEqual(JSON.parse(got.body), first);
  assert.deepEqual(first.data.listOrders.orders, [{ orderId: 'order-0' }]);
  assert.deepEqual(shop.counts(), { ListOrders: 3 });
});

test('where only known operations are answered no other is, by its text or its hash', async () => {
  const query = '{ listOrders(pageSize: 1) { nextPageToken } }';
  const hash = createHash('sha256').update(query).digest('hex');
  await using shop = await openShop({ known: new KnownOperations(new Map([[hash, query]]), true) });
  assert.equal((await shop.ask(query)).body.data.listOrders.nextPageToken, '');
  const other = await shop.ask('{ listOrders { nextPageToken } }');
  assert.equal(other.body.errors[0].extensions.reason, 'OPERATION_UNKNOWN');
  assert.deepEqual(shop.counts(), { ListOrders: 1 });
});

test('a file of operations with a text whose hash is another is refused by name', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-graphql-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'operations.json');
  const query = '{ listOrders(pageSize: 1) { nextPageToken } }';
  const hash = createHash('sha256').update(query).digest('hex');
  await writeFile(file, JSON.stringify({ [hash]: query }));
  const known = await KnownOperations.read(file, true);
  assert.equal(known.textOf('', { persistedQuery: { sha256Hash: hash } }), query);
  await writeFile(file, JSON.stringify({ [hash]: `${query} ` }));
  await assert.rejects(
    KnownOperations.read(file, true),
    /operations\.json: [0-9a-f]{64} is not the/,
  );
});
