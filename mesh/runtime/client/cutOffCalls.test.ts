import assert from 'node:assert/strict';
import type { ServerHttp2Stream } from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { RawServer } from '../testing/RawServer.ts';
import { frame } from '../testing/rawCall.ts';
import type { CallContract } from './createClient.ts';

const read: CallContract = { idempotency: 'no_side_effects', timeoutMs: 60_000 };
const write: CallContract = { idempotency: 'unknown', timeoutMs: 60_000 };

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(frame(new Uint8Array()));
}

/** Ways to lose a server in the middle of an answer. */
const ways: Record<string, (stream: ServerHttp2Stream) => void> = {
  'is killed after the header': (stream) => {
    stream.respond({ 'content-type': 'application/grpc' });
    stream.write(frame(new Uint8Array()), () => stream.session?.socket.destroy());
  },
  'cuts the stream off': (stream) => stream.close(8),
  'ends the stream without a status': (stream) => stream.close(0),
};

describe('a server that is lost in the middle of an answer', () => {
  async function call(t: TestContext, contract: CallContract, fails: number, how: string) {
    let calls = 0;
    const server = await RawServer.start((stream) => {
      stream.on('error', () => {});
      calls += 1;
      if (calls <= fails) ways[how]?.(stream);
      else answer(stream);
    });
    t.after(() => server.stop());
    const client = server.client(AnalyticsServiceDefinition, contract);
    const result = await client.getAssetSummary({ assetSymbol: 'A' }, { waitForReady: true }).then(
      () => Status.OK,
      ({ code }) => code,
    );
    return { result, calls };
  }

  for (const how of Object.keys(ways)) {
    test(`${how}: a read is made once more`, async (t) => {
      assert.deepEqual(await call(t, read, 1, how), { result: Status.OK, calls: 2 });
    });
    test(`${how}: and not for ever`, async (t) => {
      assert.deepEqual(await call(t, read, 2, how), { result: Status.UNAVAILABLE, calls: 2 });
    });
    test(`${how}: what may have had an effect is not repeated`, async (t) => {
      assert.deepEqual(await call(t, write, 1, how), { result: Status.UNAVAILABLE, calls: 1 });
    });
  }
});
