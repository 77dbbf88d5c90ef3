import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { after, before, beforeEach, suite, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { Contracts } from '@weft/mesh/contracts';
import type { MarketServer } from './testing/MarketServer.ts';
import { refusal } from './testing/refusal.ts';
import { StaticEdge } from './testing/StaticEdge.ts';

const contracts = Contracts.load();

suite('REST calls are what their contract says, or refused', () => {
  let edge: StaticEdge;
  let server: MarketServer;
  let url: string;

  before(async () => {
    edge = await StaticEdge.start(contracts);
    ({ server, url } = edge);
  });
  beforeEach(() => {
    server.received.length = 0;
  });
  after(() => edge?.stop());

  const post = (body: string) => fetch(`${url}/v1/market-data`, { method: 'POST', body });

  test('takes fields by both of their names', async () => {
    for (const name of ['assetSymbol', 'asset_symbol', '\\u0061sset_symbol']) {
      assert.equal((await post(`{"${name}":"}\\"]{","price":15e-1}`)).status, 200);
    }
    const symbols = server.received.map(({ request }) => request.assetSymbol);
    assert.deepEqual(symbols, ['}"]{', '}"]{', '}"]{']);
  });

  for (const [what, body, message] of [
    ['a field that the contract does not know', '{"price":1,"nonsense":[{}]}', /nonsense/],
    ['a field of the wrong type', '{"price":"much"}', /price/],
    ['a name without quotes', '{nonsense:1}', /no JSON/],
    ['quotes that are no JSON', "{'price':1}", /no JSON/],
    ['JSON that goes on after its end', '{} {}', /no JSON/],
    ['a comma too many', '{"price":1,}', /no JSON/],
    ['an unfinished body', '{"price":1', /no JSON/],
    ['a body nested without end', '['.repeat(5_000), /nested/],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const refused = await refusal(await post(body));
      assert.equal(refused.status, 400);
      assert.equal(refused.code, status.INVALID_ARGUMENT);
      assert.match(refused.message, message);
      assert.deepEqual(server.received, []);
    });
  }

  for (const type of [
    ...['application/grpcx', 'application/grpc;x', 'application/grpc; charset=utf-8'],
    ...[
      'application/grpc-',
      'application/grpc-web+json',
      'application/grpc-web;x',
      'Application/Grpc',
    ],
    ...['application/grpc-webx', 'application/grpc/json', 'application/x-protobuf', ''],
  ]) {
    test(`looks into a REST call that says it is "${type}"`, async () => {
      const headers = { 'content-type': type };
      const send = (body: string) =>
        fetch(`${url}/v1/market-data`, { method: 'POST', headers, body });
      assert.equal((await send('{"price":1,"nonsense":1}')).status, 400);
      assert.equal((await send(`{"assetSymbol":"${'A'.repeat(5_000_000)}"}`)).status, 413);
      assert.deepEqual(server.received, []);
      assert.equal((await send('{"price":1}')).status, 200);
    });
  }

  test('refuses a path and a query that are no UTF-8, and asks no service', async () => {
    const bad = ['%FF', '%C3', '%C0%80', '%ED%A0%80', '%F4%90%80%80', '%E1%C2%80%80'];
    for (const path of bad.flatMap((text) => [
      `/v1/assets/${text}/summary`,
      `/v1/assets?page_token=${text}`,
    ])) {
      const refused = await refusal(await fetch(url + path));
      assert.equal(refused.status, 400, path);
      assert.equal(refused.code, status.INVALID_ARGUMENT);
      assert.match(refused.message, /UTF-8/);
    }
    assert.equal(server.received.length, 0);
    for (const good of ['%C3%A4', '%E2%82%AC', '%F0%9F%98%80', '%7F', '%25FF']) {
      await (await fetch(`${url}/v1/assets/${good}/summary`)).text();
      assert.equal(server.received.pop()?.request.assetSymbol, decodeURIComponent(good));
    }
  });

  test('refuses a time with digits left out, which is another than was meant', async () => {
    for (const time of [
      '4-1-2T0:0:0Z',
      '2026-01-02',
      '2026-01-02T03:04:05',
      '1767323045',
      '2026-01-02 03:04:05Z',
    ]) {
      const refused = await refusal(await post(JSON.stringify({ price: 1, timestamp: time })));
      assert.equal(refused.status, 400, time);
      assert.match(refused.message, /not a time such as/);
    }
    assert.equal(server.received.length, 0);
    for (const time of [
      '2026-01-02T03:04:05Z',
      '2026-01-02T03:04:05.123456789Z',
      '2026-01-02T03:04:05+01:00',
    ]) {
      await (await post(JSON.stringify({ price: 1, timestamp: time }))).text();
      assert.ok(server.received.pop()?.request.timestamp, time);
    }
  });

  test('lets no path through that the transcoder knows and the contract does not', async () => {
    const body = JSON.stringify({ price: 1, nonsense: 2 });
    for (const path of ['/v1/market-data/', '/v1/market-data//', '/v1/market-data/%2F']) {
      const response = await fetch(url + path, { method: 'POST', body });
      assert.equal(response.status, 404, path);
      await response.text();
    }
    for (const path of ['/v1/assets/A/summary/', '/v1/assets/A/:watch', '/v1/assets/']) {
      const response = await fetch(url + path);
      assert.equal(response.status, 404, path);
      await response.text();
    }
    assert.equal(server.received.length, 0);
  });

  test('refuses a query parameter that the contract does not know', async () => {
    const refused = await refusal(await fetch(`${url}/v1/assets/A/summary?nonsense=1`));
    assert.equal(refused.status, 400);
    assert.match(refused.message, /nonsense/);
  });

  test('refuses a body beyond what the contract lets be, and takes one below it', async () => {
    const most = contracts.method('/market.v1.MarketDataService/SendMarketData')?.maxRequestBytes;
    assert.ok(most);
    const body = (bytes: number) => JSON.stringify({ assetSymbol: 'A'.repeat(bytes) });
    for (const bytes of [most, 5_000_000]) {
      const refused = await refusal(await post(body(bytes)));
      assert.equal(refused.status, 413);
      assert.match(refused.message, /too large/);
    }
    assert.deepEqual(server.received, []);
    assert.equal((await post(body(most - 100))).status, 200);
  });

  test('lets no call that should have no body bring one without end', async () => {
    const session = connect(url);
    try {
      const request = session.request({ ':path': '/v1/assets/A/summary' }, { endStream: false });
      request.end(`{"assetSymbol":"${'A'.repeat(5_000_000)}"}`);
      // It is told before it has said all.
      request.on('error', () => {});
      const [headers] = await once(request, 'response');
      assert.equal(headers[':status'], 413);
    } finally {
      session.destroy();
    }
    assert.deepEqual(server.received, []);
  });
});
