import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { StaticEdge } from './testing/StaticEdge.ts';
import { PAGE_ORIGIN } from './testing/staticRoutes.ts';

/** As proc(5) and Linux' tcp_states.h have it. */
const [ESTABLISHED, KEEPALIVE] = ['01', '02'];

suite('Answers of the edge', () => {
  let edge: StaticEdge;

  before(async () => {
    edge = await StaticEdge.start(Contracts.load());
  });
  after(() => edge?.stop());

  test('a stream that fails before its first message is an error like any other', async () => {
    const response = await fetch(`${edge.url}/v1/assets/NONE:watch`);
    assert.equal(response.status, 404);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.deepEqual(await response.json(), {
      code: status.NOT_FOUND,
      message: 'no such asset: NONE',
      details: [],
    });
  });

  test('a refusal says why in JSON; where its details are of a type that no contract has, its status alone is left', async () => {
    const ask = async (symbol: string) => {
      const response = await fetch(`${edge.url}/v1/assets/${symbol}/summary`);
      return [response.status, await response.text()] as const;
    };
    const [httpStatus, body] = await ask('BUSY');
    assert.equal(httpStatus, 429);
    const { message, details } = JSON.parse(body);
    assert.equal(message, 'too busy');
    assert.deepEqual(
      details.map((detail: Record<string, string>) => detail.reason ?? detail.retryDelay),
      ['OVERLOADED', '1s'],
    );
    // Envoy gives up the whole body.
    assert.deepEqual(await ask('FOREIGN'), [429, '']);
  });

  test('a stream that fails in the middle says why in its trailers, and one that ends well does not', async () => {
    const watch = async (symbol: string) => {
      const response = await new Promise<IncomingMessage>((resolve, reject) =>
        get(`${edge.url}/v1/assets/${symbol}:watch`, resolve).on('error', reject),
      );
      assert.equal(response.statusCode, 200);
      const events = (await text(response)).trim().split('\n\n');
      return { events: events.length, trailers: response.trailers };
    };
    const broken = await watch('BREAKS');
    assert.equal(broken.events, 2);
    assert.equal(broken.trailers['grpc-status'], String(status.DATA_LOSS));
    assert.equal(decodeURIComponent(broken.trailers['grpc-message'] ?? ''), 'it breaks: 100%');
    assert.match(broken.trailers['grpc-status-details-bin'] ?? '', /^CA8/);
    assert.equal((await watch('A')).trailers['grpc-status'], String(status.OK));
  });

  test('a stream is open before its first message, and whoever holds it is asked whether he is still there', async () => {
    const abort = new AbortController();
    const path = `${edge.url}/v1/assets/QUIET:watch`;
    const response = await fetch(path, { signal: abort.signal });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const port = `:${edge.port.toString(16).toUpperCase().padStart(4, '0')}`;
    // What was sent last is acknowledged first; until then another timer runs.
    await eventually(async () => {
      const sockets = (await readFile('/proc/net/tcp', 'utf8')).split('\n');
      const timers = sockets.flatMap((line) => {
        const [, local, , state, , timer] = line.trim().split(/\s+/);
        return local?.endsWith(port) && state === ESTABLISHED ? [timer?.slice(0, 2)] : [];
      });
      assert.deepEqual(new Set(timers), new Set([KEEPALIVE]));
    });
    abort.abort();
  });

  test('compresses long JSON for who asks, and neither short answers nor streams', async () => {
    const candles = '/v1/assets/A/candles?interval=60s&page_size=100';
    const ask = async (path: string, encoding: string) => {
      const response = await new Promise<IncomingMessage>((resolve, reject) =>
        get(edge.url + path, { headers: { 'accept-encoding': encoding } }, resolve).on(
          'error',
          reject,
        ),
      );
      return { encoding: response.headers['content-encoding'], body: await buffer(response) };
    };
    const browser = 'gzip, deflate, br, zstd';
    const [plain, packed] = [await ask(candles, 'identity'), await ask(candles, browser)];
    assert.equal(plain.encoding, undefined);
    assert.equal(packed.encoding, 'gzip');
    assert.deepEqual(gunzipSync(packed.body), plain.body);
    assert.ok(packed.body.length < plain.body.length / 4, `${packed.body.length} bytes`);
    assert.equal((await ask('/v1/assets/A/summary', browser)).encoding, undefined);
    assert.equal((await ask('/v1/assets/A:watch', browser)).encoding, undefined);
  });

  test('HEAD is no verb of a REST path, and is told which are', async () => {
    const response = await fetch(`${edge.url}/v1/assets/A/summary`, { method: 'HEAD' });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('allow'), 'GET');
  });

  test('a body that is compressed is refused, and it is said that none may be', async () => {
    const send = (coding: string, body: Uint8Array<ArrayBuffer>) =>
      fetch(`${edge.url}/v1/market-data`, {
        ...{ method: 'POST', headers: { 'content-encoding': coding }, body },
      });
    const json = Uint8Array.from(Buffer.from('{"price":1}'));
    const refused = await send('gzip', Uint8Array.from(gzipSync(json)));
    assert.equal(refused.status, 415);
    assert.equal(refused.headers.get('accept-encoding'), 'identity');
    assert.equal(((await refused.json()) as { code: number }).code, status.INVALID_ARGUMENT);
    assert.equal((await send('identity', json)).status, 200);
  });

  test('who speaks HTTP/1.0 is answered so: whole, and without a form that he cannot read', async () => {
    for (const [path, holds] of [
      ['/v1/assets/A/summary', /"assetSymbol":"A"/],
      ['/v1/assets/A:watch', /^data: .*\n\ndata: /m],
    ] as const) {
      const socket = connect(edge.port, '127.0.0.1');
      socket.write(`GET ${path} HTTP/1.0\r\n\r\n`);
      const answer = await text(socket);
      assert.match(answer, /^HTTP\/1\.[01] 200 /);
      assert.doesNotMatch(answer, /transfer-encoding: chunked/i);
      assert.match(answer, holds);
    }
  });

  test('what comes to a method as neither gRPC nor gRPC-Web is refused, and no service asked', async () => {
    const path = '/market.v1.AnalyticsService/GetAssetSummary';
    edge.server.received.length = 0;
    for (const type of ['application/grpc-web+json', 'application/grpcx', 'application/json', '']) {
      const headers = { 'content-type': type };
      const response = await fetch(edge.url + path, { method: 'POST', headers, body: '{}' });
      assert.equal(response.status, 415, type);
      assert.match(await response.text(), /must be application\/grpc/);
    }
    assert.equal((await fetch(edge.url + path)).status, 404);
    assert.deepEqual(edge.server.received, []);
  });

  test('a page of another origin may read that its headers were too large', async () => {
    const headers = { origin: PAGE_ORIGIN, 'x-long': 'x'.repeat(40 * 1_024) };
    const response = await fetch(`${edge.url}/v1/assets/A/summary`, { headers });
    assert.equal(response.status, 431);
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    assert.match(await response.text(), /headers are too large/);
  });

  test('a call has one id in its answer, its log line and at the service, and keeps its trace', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const response = await fetch(`${edge.url}/v1/assets/TRACED/summary`, {
      headers: { traceparent },
    });
    const id = response.headers.get('x-request-id') ?? '';
    assert.match(id, /^[0-9a-f-]{36}$/);
    const { metadata } = edge.server.received.at(-1) ?? {};
    assert.deepEqual(metadata?.get('x-request-id'), [id]);
    assert.deepEqual(metadata?.get('traceparent'), [traceparent]);
    const logged = () => edge.envoy.requests.find(({ requestId }) => requestId === id);
    await eventually(() => assert.ok(logged()));
    assert.equal(logged()?.traceparent, traceparent);
  });
});
