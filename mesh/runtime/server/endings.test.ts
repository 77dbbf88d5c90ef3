import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import type { CallOptions } from '../client/CallOptions.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { rawCall } from '../testing/rawCall.ts';
import { TestServer } from '../testing/TestServer.ts';
import { analytics, unimplemented } from '../testing/testServices.ts';

const PATH = '/market.v1.AnalyticsService/GetAssetSummary';
const ONE_BYTE = Buffer.from([255]);

/** Keeps what the server sends around its messages. */
class Seen implements CallOptions {
  header = new Metadata();
  trailer = new Metadata();
  readonly onHeader = (header: Metadata) => {
    this.header = header;
  };
  readonly onTrailer = (trailer: Metadata) => {
    this.trailer = trailer;
  };
}

test('success carries no message, as gRPC demands', async (t) => {
  const server = await TestServer.start(analytics(async () => ({ summary: undefined })));
  t.after(() => server.stop());
  const { header, trailer } = await rawCall(server.address, { ':path': PATH });
  assert.equal(header[':status'], 200);
  assert.equal(trailer['grpc-status'], '0');
  assert.ok(!('grpc-message' in trailer));
});

for (const outcome of ['success', 'failure']) {
  test(`binary trailers of a ${outcome} go out without padding`, async (t) => {
    const server = await TestServer.start(
      analytics(async (_, { trailer }) => {
        trailer.set('a-bin', ONE_BYTE);
        trailer.add('b-bin', ONE_BYTE);
        trailer.add('b-bin', ONE_BYTE);
        if (outcome === 'failure') throw new RpcError(Status.NOT_FOUND, 'no');
        return { summary: undefined };
      }),
    );
    t.after(() => server.stop());
    const { trailer } = await rawCall(server.address, { ':path': PATH });
    assert.equal(trailer['a-bin'], '/w');
    assert.equal(trailer['b-bin'], '/w, /w');
  });
}

test('a call that fails still sends the header and the trailer that its handler has set', async (t) => {
  const server = await TestServer.start(
    analytics(
      async (_, { header, trailer }) => {
        header.set('x-header', 'h');
        trailer.set('x-trailer', 't');
        const own = new Metadata();
        own.set('x-own', 'o');
        throw new RpcError(Status.NOT_FOUND, 'no', { trailer: own });
      },
      // biome-ignore lint/correctness/useYield: fails before it yields
      async function* (_, { header, trailer }) {
        header.set('x-header', 'h');
        trailer.set('x-trailer', 't');
        throw new RpcError(Status.NOT_FOUND, 'no');
      },
    ),
  );
  t.after(() => server.stop());
  const client = server.client(AnalyticsServiceDefinition);
  const unary = new Seen();
  await assert.rejects(client.getAssetSummary({ assetSymbol: 'A' }, unary), {
    code: Status.NOT_FOUND,
  });
  assert.deepEqual(unary.header.get('x-header'), ['h']);
  assert.deepEqual(unary.trailer.get('x-trailer'), ['t']);
  assert.deepEqual(unary.trailer.get('x-own'), ['o']);

  const stream = new Seen();
  await assert.rejects(async () => {
    for await (const _ of client.watchAsset({ assetSymbol: 'A' }, stream));
  });
  assert.deepEqual(stream.header.get('x-header'), ['h']);
  assert.deepEqual(stream.trailer.get('x-trailer'), ['t']);
});

test('a caller can see the header before there is a message', async (t) => {
  const seen = Promise.withResolvers<void>();
  const server = await TestServer.start(
    analytics(unimplemented, async function* (_, context) {
      context.header.set('x-header', 'h');
      context.sendHeader();
      await seen.promise;
      yield { summary: undefined };
    }),
  );
  t.after(() => server.stop());
  let responses = 0;
  const options: CallOptions = {
    onHeader(header) {
      assert.equal(responses, 0);
      assert.deepEqual(header.get('x-header'), ['h']);
      seen.resolve();
    },
  };
  const client = server.client(AnalyticsServiceDefinition);
  for await (const _ of client.watchAsset({ assetSymbol: 'A' }, options)) responses += 1;
  assert.equal(responses, 1);
});

test('a failure whose words are broken Unicode still reaches the caller', async (t) => {
  const server = await TestServer.start(
    analytics(async () => {
      throw new RpcError(Status.NOT_FOUND, 'half a pair: \ud800');
    }),
  );
  t.after(() => server.stop());
  await assert.rejects(
    server.client(AnalyticsServiceDefinition).getAssetSummary({ assetSymbol: 'A' }),
    { code: Status.NOT_FOUND, message: 'half a pair: \ufffd' },
  );
});
