import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { StaticEdge } from './testing/StaticEdge.ts';

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
