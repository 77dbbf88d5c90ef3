import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { Contracts, type MethodContract } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import type { MarketServer } from './testing/MarketServer.ts';
import { refusal } from './testing/refusal.ts';
import { StaticEdge } from './testing/StaticEdge.ts';
import { PAGE_ORIGIN } from './testing/staticRoutes.ts';

const contracts = Contracts.load();

suite('A real Envoy with the generated listener', () => {
  let edge: StaticEdge;
  let server: MarketServer;
  let port: number;
  let url: string;

  before(async () => {
    edge = await StaticEdge.start(contracts);
    ({ server, port, url } = edge);
  });
  beforeEach(() => {
    server.received.length = 0;
  });
  after(() => edge?.stop());

  const post = (body: string) => fetch(`${url}/v1/market-data`, { method: 'POST', body });

  test('reads by REST, zeros included, and takes gRPC headers off the answer', async () => {
    const response = await fetch(`${url}/v1/assets/BTC%2FUSD/summary`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      summary: {
        ...{ assetSymbol: 'BTC/USD', count: '3', first: 0, last: 1.5 },
        ...{ high: 0, low: 0, vwap: 0, volume: 0 },
      },
    });
    for (const header of [
      'server',
      'grpc-status',
      'grpc-message',
      'x-envoy-upstream-service-time',
    ]) {
      assert.equal(response.headers.get(header), null, header);
    }
  });

  test('tells in the routing header what a REST call is about, from its path or its body', async () => {
    const said = async (path: string, options: RequestInit = {}) => {
      server.received.length = 0;
      const headers = { ...options.headers };
      await (await fetch(url + path, { ...options, headers })).text();
      return server.received[0]?.metadata.get('x-symbol');
    };
    assert.deepEqual(await said('/v1/assets/SP500/summary'), ['SP500']);
    assert.deepEqual(await said('/v1/assets/BTC%2FUSD/candles?page_size=1'), ['BTC/USD']);
    assert.deepEqual(await said('/v1/assets/DEMO:watch'), ['DEMO']);
    const lie = { headers: { 'x-symbol': 'OTHER' } };
    assert.deepEqual(await said('/v1/assets/SP500/summary', lie), ['SP500']);
    for (const name of ['assetSymbol', 'asset_symbol']) {
      const timestamp = '2024-01-01T00:00:00Z';
      const body = JSON.stringify({ price: 1, [name]: 'BTC/USD', timestamp }, undefined, 2);
      assert.deepEqual(await said('/v1/market-data', { method: 'POST', body }), ['BTC/USD']);
    }
    for (const broken of ['A%0D%0Ax-evil:%201', 'A%00', '%C3%A9']) {
      assert.deepEqual((await said(`/v1/assets/${broken}/summary`)) ?? [], [], broken);
    }
  });

  test('finds an asset by any ticker that is percent-encoded in the path', async () => {
    const tickers = ['BTC/USD', '/ES', 'M&M.NS', '^GSPC', '$SPX', 'ES=F', 'BRK.B', '.DJI', 'X:A_B'];
    for (const ticker of tickers) {
      for (const rest of ['/summary', '/candles?interval=60s', ':watch']) {
        server.received.length = 0;
        const response = await fetch(`${url}/v1/assets/${encodeURIComponent(ticker)}${rest}`);
        await response.text();
        assert.equal(response.status, 200, ticker + rest);
        assert.equal(server.received[0]?.request.assetSymbol, ticker);
        assert.deepEqual(server.received[0]?.metadata.get('x-symbol'), [ticker]);
      }
    }
    assert.equal((await fetch(`${url}/v1/assets/BTC/USD/summary`)).status, 404);
  });

  test('fills fields from the query', async () => {
    const query = 'interval=60s&start_time=2026-01-01T00:00:00Z&page_size=7';
    const response = await fetch(`${url}/v1/assets/A/candles?${query}`);
    assert.equal(response.status, 200);
    const request = server.received[0]?.request as unknown as Record<string, unknown>;
    assert.equal(request.pageSize, 7);
    assert.equal((request.interval as { seconds: bigint }).seconds, 60n);
  });

  test('streams as server-sent events', async () => {
    const response = await fetch(`${url}/v1/assets/A:watch`);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const events = (await response.text()).trim().split('\n\n');
    assert.deepEqual(
      events.map((event) => JSON.parse(event.replace(/^data: /, '')).summary.count),
      ['1', '2'],
    );
  });

  test('answers a failure of the service as google.rpc.Status', async () => {
    assert.deepEqual(await refusal(await fetch(`${url}/v1/assets/NONE/summary`)), {
      status: 404,
      code: status.NOT_FOUND,
      message: 'no such asset: NONE',
      details: [],
    });
    const { status: http, details } = await refusal(await post('{"price":-1}'));
    assert.equal(http, 400);
    assert.deepEqual(details, [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: 'price', description: 'must be greater than 0', reason: '' }],
      },
    ]);
  });

  test('tells an unknown path from a wrong verb', async () => {
    const unknown = await refusal(await fetch(`${url}/v1/nothing?secret=1`));
    assert.deepEqual([unknown.status, unknown.code], [404, status.NOT_FOUND]);
    assert.equal(unknown.message, 'no such path: /v1/nothing');
    for (const method of ['DELETE', 'FETCH']) {
      const response = await fetch(`${url}/v1/assets/A/summary`, { method });
      assert.equal(response.headers.get('allow'), 'GET', method);
      assert.equal((await refusal(response)).status, 405, method);
    }
  });

  test('lets pages of origins that are named read, and asks no service for it', async () => {
    const origin = PAGE_ORIGIN;
    const preflight = await fetch(`${url}/v1/market-data`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.status, 200);
    assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /POST/);
    assert.deepEqual(server.received, []);
    for (const path of ['/v1/assets/A/summary', '/v1/assets/NONE/summary', '/v1/nothing']) {
      const response = await fetch(url + path, { headers: { origin } });
      assert.equal(response.headers.get('access-control-allow-origin'), origin, path);
    }
  });

  test('lets no page of another origin write, not by what browsers send without asking first either', async () => {
    const write = (headers: Record<string, string>) =>
      fetch(`${url}/v1/market-data`, { method: 'POST', headers, body: '{"price":1}' });
    for (const origin of [
      'http://other.example',
      'https://127.0.0.1',
      'null',
      `${url}1`,
      'garbage',
    ]) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
        const refused = await refusal(await write({ origin, 'content-type': type }));
        assert.deepEqual([refused.status, refused.code], [403, status.PERMISSION_DENIED], origin);
      }
    }
    const web = await fetch(`${url}/market.v1.MarketDataService/SendMarketData`, {
      method: 'POST',
      headers: { origin: 'http://other.example', 'content-type': 'application/grpc-web+proto' },
      body: frame(encode('/market.v1.MarketDataService/SendMarketData', { price: 1 })),
    });
    assert.equal(web.status, 403);
    assert.deepEqual(server.received, []);
    assert.equal((await write({ origin: url })).status, 200);
    assert.equal((await write({})).status, 200);
  });

  test('passes gRPC on the same port, to public methods only', async () => {
    const call = (path: string, fields: Record<string, unknown>) => unary(port, path, fields);
    const answer = await call('/market.v1.AnalyticsService/GetAssetSummary', { assetSymbol: 'A' });
    assert.equal((answer.summary as { count: bigint }).count, 3n);
    await assert.rejects(call('/market.v1.TradingService/StopFeed', { feedId: 'x' }), {
      code: status.UNIMPLEMENTED,
      details: 'no such method',
    });
    assert.equal(server.received.length, 1);
  });

  test('passes gRPC-Web on the same port', async () => {
    const response = await fetch(`${url}/market.v1.AnalyticsService/GetAssetSummary`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1' },
      body: frame(encode('/market.v1.AnalyticsService/GetAssetSummary', { assetSymbol: 'A' })),
    });
    assert.equal(response.headers.get('content-type'), 'application/grpc-web+proto');
    const body = Buffer.from(await response.arrayBuffer());
    const length = body.readUInt32BE(1);
    const answer = decode(
      '/market.v1.AnalyticsService/GetAssetSummary',
      body.subarray(5, 5 + length),
    );
    assert.equal((answer.summary as { count: bigint }).count, 3n);
    assert.match(body.subarray(5 + length + 5).toString(), /grpc-status:\s*0/);
  });

  test('believes no client about who it is', async () => {
    await fetch(`${url}/v1/assets/A/summary`, {
      headers: {
        'x-forwarded-for': '203.0.113.9',
        'x-envoy-original-path': '/elsewhere',
        'x-envoy-upstream-rq-timeout-ms': '1',
      },
    });
    const metadata = server.received[0]?.metadata.getMap() ?? {};
    assert.doesNotMatch(String(metadata['x-forwarded-for']), /203/);
    assert.equal(metadata['x-envoy-original-path'], '/v1/assets/A/summary');
    assert.equal(metadata['x-envoy-upstream-rq-timeout-ms'], undefined);
  });

  test('counts REST, gRPC and gRPC-Web of a method against one limit', async () => {
    const path = '/market.v1.MarketDataService/SendMarketData';
    const limit = contracts.method(path)?.rateLimit.requests ?? 0;
    let passed = 0;
    let response = await post('{"price":1}');
    for (; response.status === 200; response = await post('{"price":1}')) passed += 1;
    assert.ok(passed > 0 && passed < limit, `${passed} passed after those of other tests`);
    const refused = await refusal(response);
    assert.deepEqual([refused.status, refused.code], [429, status.RESOURCE_EXHAUSTED]);
    await assert.rejects(unary(port, path, {}), { code: status.RESOURCE_EXHAUSTED });
  });

  test('logs each request as a JSON line, without its query and what a contract calls secret', async () => {
    await fetch(`${url}/v1/assets/LOGGED/summary?page=secret`);
    const logged = () =>
      edge.envoy.requests.find(({ path }) => path === '/v1/assets/LOGGED/summary');
    await eventually(() => assert.ok(logged()));
    const entry = logged();
    assert.equal(entry?.method, 'GET');
    assert.equal(entry?.status, 400);
    assert.equal(entry?.client, '127.0.0.1');
    assert.equal(entry?.grpcStatus, undefined);
    assert.doesNotMatch(JSON.stringify(entry), /secret/);
    for (const path of ['/v1/auth/verify-email/secret', '/api/auth/verify-email/secret?a=b']) {
      await fetch(url + path);
      await fetch(url + path, { method: 'DELETE' });
    }
    const verified = () =>
      edge.envoy.requests.filter(({ path }) =>
        /^\/(v1|api)\/auth\/verify-email/.test(String(path)),
      );
    await eventually(() => assert.equal(verified().length, 4));
    assert.doesNotMatch(JSON.stringify(edge.envoy.requests), /secret/);
    const isInternal = (path: unknown) => String(path).startsWith('/market.v1.TradingService/');
    const refused = edge.envoy.requests.find(({ path }) => isInternal(path));
    assert.equal(refused?.grpcStatus, status.UNIMPLEMENTED);
  });
});

type Answer = Record<string, unknown>;

function encode(path: string, fields: Record<string, unknown>): Uint8Array<ArrayBuffer> {
  const { input } = contracts.method(path) as MethodContract;
  return Uint8Array.from(toBinary(input, create(input, fields)));
}

function decode(path: string, bytes: Uint8Array): Answer {
  return fromBinary((contracts.method(path) as MethodContract).output, bytes) as never as Answer;
}

function frame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const framed = new Uint8Array(5 + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, 5);
  return framed;
}

async function unary(port: number, path: string, fields: Record<string, unknown>): Promise<Answer> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        path,
        (message: Record<string, unknown>) => Buffer.from(encode(path, message)),
        (bytes) => decode(path, bytes),
        fields,
        (error: ServiceError | null, answer) => (error ? reject(error) : resolve(answer as Answer)),
      ),
    );
  } finally {
    client.close();
  }
}
