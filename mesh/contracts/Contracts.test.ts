import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from './Contracts.ts';
import { contractsOf } from './testing/contractsOf.ts';

const contracts = Contracts.load();

test('a REST caller finds each method where its annotation says', () => {
  const watch = contracts.method('/market.v1.AnalyticsService/WatchAsset');
  assert.deepEqual(watch?.http, [
    { method: 'GET', path: '/v1/assets/{asset_symbol}:watch', body: '' },
  ]);
  const send = contracts.method('/market.v1.MarketDataService/SendMarketData');
  assert.deepEqual(send?.http, [{ method: 'POST', path: '/v1/market-data', body: '*' }]);
});

test('only methods declared so are sent again or opened to the outside', () => {
  const send = contracts.method('/market.v1.MarketDataService/SendMarketData');
  assert.equal(send?.idempotency, 'unknown');
  assert.equal(send?.access, 'public');
  const stream = contracts.method('/market.v1.MarketDataService/StreamMarketData');
  assert.equal(stream?.access, 'internal');
  const list = contracts.method('/market.v1.AnalyticsService/ListAssets');
  assert.equal(list?.idempotency, 'no_side_effects');
});

test('a stream is not cut by a default timeout; a unary call always has one', () => {
  for (const method of contracts.methods) {
    const streams = method.requestStream || method.responseStream;
    if (!streams) assert.ok(method.timeoutMs && method.timeoutMs > 0, method.path);
  }
  assert.equal(
    contracts.method('/market.v1.MarketDataService/StreamMarketData')?.timeoutMs,
    undefined,
  );
});

test('reads and writes from outside have the limits that the policy documents', () => {
  assert.deepEqual(contracts.method('/market.v1.AnalyticsService/ListAssets')?.rateLimit, {
    requests: 500,
    perMs: 5_000,
  });
  assert.deepEqual(contracts.method('/market.v1.MarketDataService/SendMarketData')?.rateLimit, {
    requests: 120,
    perMs: 60_000,
  });
});

test('streams from outside have a life and a limit, and REST calls a size, also where the contract says nothing', () => {
  const watch = contracts.method('/market.v1.AnalyticsService/WatchAsset');
  assert.equal(watch?.maxStreamDurationMs, 300_000);
  assert.deepEqual(watch?.rateLimit, { requests: 300, perMs: 300_000 });
  const send = contracts.method('/market.v1.MarketDataService/SendMarketData');
  assert.equal(send?.maxStreamDurationMs, undefined);
  assert.equal(send?.maxRequestBytes, 16_384);
});

test('the methods of a mesh service are those of all gRPC services it serves', () => {
  const service = (name: string, meshService: string) =>
    `service ${name} {
      option (weft.policy.v1.service) = {mesh_service: "${meshService}"};
      rpc M${name}(Nothing) returns (Nothing);
    }`;
  const many = [
    'message Nothing {}',
    service('A', 'one'),
    service('B', 'two'),
    service('C', 'one'),
  ];
  const ofOne = contractsOf(many.join('\n')).methodsOf('one');
  assert.deepEqual(
    ofOne.map(({ path }) => path),
    ['/one.v1.A/MA', '/one.v1.C/MC'],
  );
});

test('a routing header is that of the contract, and repeats a field of the request', () => {
  const summary = contracts.method('/market.v1.AnalyticsService/GetAssetSummary');
  assert.deepEqual(summary?.routingHeader, { header: 'x-symbol', field: 'asset_symbol' });
  const list = contracts.method('/market.v1.AnalyticsService/ListAssets');
  assert.equal(list?.routingHeader, undefined);
});

test('only a method whose contract says so limits the calls it serves at once', () => {
  const candles = contracts.method('/market.v1.AnalyticsService/ListCandles');
  assert.equal(candles?.concurrencyLimit, 16);
  const list = contracts.method('/market.v1.AnalyticsService/ListAssets');
  assert.equal(list?.concurrencyLimit, undefined);
});

const method = (policy: string) =>
  contractsOf(
    `message Nothing {}
    service S { rpc M(Nothing) returns (Nothing) { option (weft.policy.v1.method) = {${policy}}; } }`,
  ).methods[0];

test('a contract says which users and keys may call, and whether services may without one', () => {
  const rule = (policy: string) => {
    const { access, roles, scopes, allowsServices } = method(policy) ?? {};
    return { access, roles, scopes, allowsServices };
  };
  const nobody = { access: 'internal', roles: [], scopes: [], allowsServices: false };
  assert.deepEqual(rule(''), nobody);
  assert.deepEqual(rule('access: ACCESS_USER allow_services: true'), {
    ...nobody,
    access: 'user',
    allowsServices: true,
  });
  assert.deepEqual(
    rule('access: ACCESS_USER_OR_API_KEY roles: ["admin"] scopes: ["order.read", "order.write"]'),
    {
      access: 'user_or_api_key',
      roles: ['admin'],
      scopes: ['order.read', 'order.write'],
      allowsServices: false,
    },
  );
});

test('no contract lets any API key do what a user does', () => {
  assert.throws(() => method('access: ACCESS_USER_OR_API_KEY'), /M: .*needs scopes/);
});
