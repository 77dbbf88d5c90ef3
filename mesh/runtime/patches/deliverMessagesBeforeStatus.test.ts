import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { RpcError } from '../rpc/RpcError.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { TestServer } from '../testing/TestServer.ts';
import { analytics, emptySummary, unimplemented } from '../testing/testServices.ts';
import { applyPatch } from './applyPatches.ts';
import { deliverMessagesBeforeStatus } from './deliverMessagesBeforeStatus.ts';

await applyPatch(deliverMessagesBeforeStatus, { log: memoryLogger([]) });

/** Reads a stream of responses to its end, each after a pause. */
async function readAll(
  responses: AsyncIterable<unknown>,
  pauseMs: number,
): Promise<{ read: number; failure: unknown }> {
  let read = 0;
  try {
    for await (const _ of responses) {
      read += 1;
      if (pauseMs > 0) await sleep(pauseMs);
    }
  } catch (failure) {
    return { read, failure };
  }
  return { read, failure: undefined };
}

for (const { count, size, pauseMs } of [
  { count: 1, size: 1, pauseMs: 0 },
  { count: 2, size: 1, pauseMs: 0 },
  { count: 2, size: 50_000, pauseMs: 0 },
  // More than are read ahead of a slow caller.
  { count: 60, size: 1, pauseMs: 2 },
  { count: 60, size: 10_000, pauseMs: 2 },
]) {
  test(`${count} responses of ${size} bytes arrive before the failure that follows them`, async (t) => {
    const summary = { ...emptySummary, assetSymbol: 'x'.repeat(size) };
    const server = await TestServer.start(
      analytics(unimplemented, async function* () {
        for (let i = 0; i < count; i += 1) yield { summary };
        throw new RpcError(Status.ABORTED, 'enough');
      }),
    );
    t.after(() => server.stop());
    const client = server.client(AnalyticsServiceDefinition);
    for (let i = 0; i < 10; i += 1) {
      const { read, failure } = await readAll(client.watchAsset({ assetSymbol: 'A' }), pauseMs);
      assert.equal(read, count);
      assert.ok(failure instanceof RpcError);
      assert.equal(failure.code, Status.ABORTED);
      assert.equal(failure.message, 'enough');
    }
  });
}

test('a failure without responses arrives, and success after them too', async (t) => {
  const server = await TestServer.start(
    analytics(unimplemented, async function* ({ assetSymbol }) {
      if (assetSymbol === 'B') throw new RpcError(Status.NOT_FOUND, 'none');
      yield { summary: undefined };
    }),
  );
  t.after(() => server.stop());
  const client = server.client(AnalyticsServiceDefinition);
  const none = await readAll(client.watchAsset({ assetSymbol: 'B' }), 0);
  assert.equal(none.read, 0);
  assert.equal((none.failure as RpcError).code, Status.NOT_FOUND);
  const one = await readAll(client.watchAsset({ assetSymbol: 'A' }), 0);
  assert.deepEqual(one, { read: 1, failure: undefined });
});

test('a caller that gives up while responses wait is told so at once', async (t) => {
  const server = await TestServer.start(
    analytics(unimplemented, async function* () {
      for (let i = 0; i < 100; i += 1) yield { summary: undefined };
      throw new RpcError(Status.ABORTED, 'enough');
    }),
  );
  t.after(() => server.stop());
  const abort = new AbortController();
  const client = server.client(AnalyticsServiceDefinition);
  const { failure } = await readAll(
    (async function* () {
      const responses = client.watchAsset({ assetSymbol: 'A' }, { signal: abort.signal });
      for await (const response of responses) {
        await sleep(50);
        abort.abort();
        yield response;
      }
    })(),
    0,
  );
  assert.equal((failure as RpcError).code, Status.CANCELLED);
});
