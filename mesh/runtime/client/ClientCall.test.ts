import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Channel, credentials, status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { CallMetrics } from '../telemetry/CallMetrics.ts';
import { Tracing } from '../telemetry/Tracing.ts';
import { createClient } from './createClient.ts';

/** A client of an HTTP/2 server that does what no gRPC server would. */
async function clientOf(t: TestContext, serve: (stream: ServerHttp2Stream) => void) {
  const server = createServer().on('stream', (stream) => {
    stream.on('error', () => {});
    serve(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const channel = new Channel(`127.0.0.1:${port}`, credentials.createInsecure(), {});
  t.after(() => {
    channel.close();
    server.close();
  });
  const environment = { metrics: new CallMetrics(), tracing: new Tracing() };
  return createClient(AnalyticsServiceDefinition, channel, environment);
}

const headers = { ':status': 200, 'content-type': 'application/grpc+proto' };
const request = { assetSymbol: 'A' };

test('a call that the server cuts off is UNAVAILABLE: nobody here has cancelled it', async (t) => {
  const client = await clientOf(t, (stream) => {
    stream.respond(headers);
    stream.close(constants.NGHTTP2_CANCEL);
  });
  const cut = { code: Status.UNAVAILABLE, message: 'the server has cut off the call' };
  await assert.rejects(client.getAssetSummary(request), cut);
  await assert.rejects(async () => {
    for await (const _ of client.watchAsset(request));
  }, cut);
});

test('a unary call that ends well without a response has failed', async (t) => {
  const client = await clientOf(t, (stream) => {
    stream.respond({ ...headers, 'grpc-status': '0' }, { endStream: true });
  });
  await assert.rejects(client.getAssetSummary(request), {
    code: Status.UNIMPLEMENTED,
    message: 'no response came',
  });
});

test('a response that is no such message is INTERNAL', async (t) => {
  const client = await clientOf(t, (stream) => {
    stream.respond(headers, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 0x0a, 0x7f]));
  });
  const broken = { code: Status.INTERNAL, message: 'the response could not be decoded' };
  await assert.rejects(client.getAssetSummary(request), broken);
  await assert.rejects(async () => {
    for await (const _ of client.watchAsset(request));
  }, broken);
});

test('a call whose signal has aborted is not made', async (t) => {
  let calls = 0;
  const client = await clientOf(t, () => {
    calls += 1;
  });
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await assert.rejects(client.getAssetSummary(request, { signal }), reason);
  assert.equal(calls, 0);
});

test('a request that cannot be encoded starts no call', async (t) => {
  let calls = 0;
  const client = await clientOf(t, () => {
    calls += 1;
  });
  await assert.rejects(client.getAssetSummary(undefined as never), TypeError);
  await assert.rejects(async () => {
    for await (const _ of client.watchAsset(undefined as never));
  }, TypeError);
  assert.equal(calls, 0);
});
