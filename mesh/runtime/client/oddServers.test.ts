import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { RawServer } from '../testing/RawServer.ts';
import { frame } from '../testing/rawCall.ts';

/** Answers with frames and then with success. */
function answer(stream: ServerHttp2Stream, frames: Buffer[], header: OutgoingHttpHeaders = {}) {
  stream.respond({ 'content-type': 'application/grpc', ...header }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.concat(frames));
}

const EMPTY = new Uint8Array();

test('a call that is answered twice fails, and does not wait for ever', async (t) => {
  const server = await RawServer.start((stream) => answer(stream, [frame(EMPTY), frame(EMPTY)]));
  t.after(() => server.stop());
  await assert.rejects(
    server.client(AnalyticsServiceDefinition).getAssetSummary({ assetSymbol: 'A' }),
    { code: Status.UNIMPLEMENTED, message: 'more than one response came' },
  );
});

test('a call that is answered once succeeds', async (t) => {
  const server = await RawServer.start((stream) => answer(stream, [frame(EMPTY)]));
  t.after(() => server.stop());
  const response = server.client(AnalyticsServiceDefinition).getAssetSummary({ assetSymbol: 'A' });
  assert.deepEqual(await response, { summary: undefined });
});

for (const encoding of ['identity', 'zstd']) {
  test(`a message said to be compressed fails the call with a code when its encoding is ${encoding}`, async (t) => {
    const server = await RawServer.start((stream) =>
      answer(stream, [frame(EMPTY, 1)], { 'grpc-encoding': encoding }),
    );
    t.after(() => server.stop());
    await assert.rejects(
      server.client(AnalyticsServiceDefinition).getAssetSummary({ assetSymbol: 'A' }),
      { code: Status.INTERNAL },
    );
  });
}
