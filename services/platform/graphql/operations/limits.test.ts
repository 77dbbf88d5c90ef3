import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openShop } from '../testing/openShop.ts';

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

test('an alias bomb, a deep query, fragments without end, a huge list and a huge text are refused before any service is called', async () => {
  await using shop = await openShop();
  const deep = `${'inner { '.repeat(20)} text ${'}'.repeat(20)}`;
  const bomb = times(
    40,
    (index) => `fragment f${index} on Order { ...f${index + 1} ...f${index + 1} }`,
  );
  for (const [query, reason] of [
    [`{ ${times(51, (index) => `a${index}: listOrders { nextPageToken }`)} }`, 'QUERY_ALIASES'],
    [`{ values { values { ${deep} } } }`, 'QUERY_TOO_DEEP'],
    [`{ listOrders { orders { ...f0 } } } ${bomb} fragment f40 on Order { gift }`, 'QUERY_FIELDS'],
    // Fragments that lead nowhere but to each other.
    [`{ listOrders { orders { ...f0 } } } ${bomb} fragment f40 on Order { ...f0 }`, 'QUERY_FIELDS'],
    ['{ listOrders(pageSize: 1000) { orders { lines { product { title } } } } }', 'QUERY_COST'],
    [
      `{ ${times(10, (index) => `a${index}: listOrders(pageSize: ${index + 1990}) { orders { gift } }`)} ` +
        'b: listOrders(pageSize: 999) { orders { gift } } }',
      'QUERY_COST',
    ],
    // What is below nothing makes up for nothing.
    [
      '{ a: listOrders(pageSize: -100000) { orders { buyer { name } } } ' +
        'b: listOrders(pageSize: 1000) { orders { lines { product { title } } } } }',
      'QUERY_COST',
    ],
    // Each buyer is a call.
    ['{ listOrders(pageSize: 100) { orders { buyer { name } } } }', 'QUERY_COST'],
    [`{ listOrders { ${'nextPageToken '.repeat(4_000)} } }`, 'QUERY_TOO_LARGE'],
    ['{ listOrders { orders { ', 'QUERY_MALFORMED'],
    ['{ listOrders { nobody } }', 'QUERY_INVALID'],
    ['{ auditOrders { nextPageToken } }', 'QUERY_INVALID'],
    ['{ exportOrders { nextPageToken } }', 'QUERY_INVALID'],
    ['{ __schema { types { name } } }', 'QUERY_INVALID'],
  ] as const) {
    const { status, body } = await shop.ask(query);
    assert.deepEqual([status, body.data], [400, undefined], query.slice(0, 80));
    assert.equal(body.errors[0].extensions.reason, reason, JSON.stringify(body).slice(0, 300));
    assert.equal(body.errors[0].extensions.code, 'INVALID_ARGUMENT');
  }
  const variables = { n: 1000 };
  const paged =
    'query ($n: Int) { listOrders(pageSize: $n) { orders { lines { product { title } } } } }';
  assert.equal((await shop.ask(paged, variables)).body.errors[0].extensions.reason, 'QUERY_COST');
  const large = await shop.ask('{ listOrders { nextPageToken } }', { more: 'x'.repeat(300_000) });
  assert.equal(large.status, 400);
  assert.deepEqual(shop.counts(), {});
});

test('a query at the edge of the limits is answered', async () => {
  await using shop = await openShop();
  const { body } = await shop.ask(
    `{ ${times(50, (index) => `a${index}: listOrders(pageSize: 1) { nextPageToken }`)} }`,
  );
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  assert.equal(Object.keys(body.data).length, 50);
  assert.deepEqual(shop.counts(), { ListOrders: 1 });
});

test('a caller makes no more calls of a method than its contract lets him, in one operation or in many', async () => {
  await using shop = await openShop();
  const place = 'placeOrder(order: {orderId: "a"}) { idempotencyKey }';
  const { body } = await shop.ask(`mutation { a: ${place} b: ${place} c: ${place} d: ${place} }`);
  assert.equal(body.data.d, null);
  assert.deepEqual(body.errors[0].path, ['d']);
  const { code, reason, retryAfterSeconds } = body.errors[0].extensions;
  assert.deepEqual([code, reason], ['RESOURCE_EXHAUSTED', 'RATE_LIMIT']);
  assert.ok(retryAfterSeconds > 1_000 && retryAfterSeconds <= 1_200, String(retryAfterSeconds));
  assert.equal(
    (await shop.ask(`mutation { ${place} }`)).body.errors[0].extensions.reason,
    'RATE_LIMIT',
  );
  assert.deepEqual(shop.counts(), { PlaceOrder: 3 });
});
