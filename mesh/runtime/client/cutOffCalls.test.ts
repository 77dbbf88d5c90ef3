import assert from 'node:assert/strict';
import type { ServerHttp2Stream } from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { BUDGETED_SCHEME } from '../testing/budgetedTarget.ts';
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
  async function call(
    t: TestContext,
    contract: CallContract,
    fails: number,
    how: string,
    scheme = BUDGETED_SCHEME,
  ) {
    let calls = 0;
    const server = await RawServer.start((stream) => {
      stream.on('error', () => {});
      calls += 1;
      if (calls <= fails) ways[how]?.(stream);
      else answer(stream);
    }, scheme);
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
    test(`${how}: nothing is repeated to a target without a budget for it`, async (t) => {
      const result = await call(t, read, 1, how, 'ipv4');
      assert.deepEqual(result, { result: Status.UNAVAILABLE, calls: 1 });
    });
  }
});

describe('many calls to a server that is lost in the middle of answers', () => {
  const CALLS = 3_000;
  const BURST = 250;

  async function callMany(t: TestContext, isLost: (attempt: number) => boolean) {
    let attempts = 0;
    const server = await RawServer.start((stream) => {
      stream.on('error', () => {});
      attempts += 1;
      if (isLost(attempts)) stream.close(8);
      else answer(stream);
    }, BUDGETED_SCHEME);
    t.after(() => server.stop());
    const { getAssetSummary } = server.client(AnalyticsServiceDefinition, read);
    let failed = 0;
    let left = CALLS;
    const lane = async () => {
      while (left-- > 0) await getAssetSummary({ assetSymbol: 'A' }).catch(() => (failed += 1));
    };
    await Promise.all(Array.from({ length: 20 }, lane));
    const repeats = attempts - CALLS;
    t.diagnostic(`${repeats} repeats, ${failed} failed, of ${CALLS} calls`);
    assert.ok(repeats > 0, 'none was repeated: the test shows nothing');
    return { failed, repeats };
  }

  test('one that cuts off every call gets a burst of repeats and then no more than the calls themselves', async (t) => {
    const { failed, repeats } = await callMany(t, () => true);
    assert.equal(failed, CALLS);
    assert.ok(repeats <= BURST, `${repeats} repeats`);
  });

  test('one that cuts off every other call gets a fifth more calls and a burst', async (t) => {
    const { repeats } = await callMany(t, (attempt) => attempt % 2 === 0);
    assert.ok(repeats <= 0.2 * CALLS + BURST, `${repeats} repeats`);
  });
});
