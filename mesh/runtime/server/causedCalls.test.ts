import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Metadata, status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { RpcError } from '../rpc/RpcError.ts';
import { TestServer } from '../testing/TestServer.ts';
import { analytics } from '../testing/testServices.ts';

test('a call inherits the deadline and the trace of the call it is made for', async (t) => {
  const inner = await TestServer.start(
    analytics(async (_, { deadline, traceId }) => {
      throw new RpcError(Status.FAILED_PRECONDITION, `${deadline?.getTime()} ${traceId}`);
    }),
  );
  const seen: string[] = [];
  const outer = await TestServer.start(
    analytics(async (request, { deadline, traceId }) => {
      seen.push(`${deadline?.getTime()} ${traceId}`);
      return inner.client(AnalyticsServiceDefinition).getAssetSummary(request);
    }),
  );
  t.after(async () => {
    await outer.stop();
    await inner.stop();
  });
  const metadata = new Metadata();
  metadata.set('traceparent', `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`);
  const error = await outer
    .client(AnalyticsServiceDefinition)
    .getAssetSummary({ assetSymbol: 'A' }, { timeoutMs: 5_000 })
    .then(
      () => assert.fail('the inner call fails'),
      (thrown: RpcError) => thrown,
    );
  const [outerDeadline, outerTrace] = seen[0]?.split(' ') ?? [];
  const [innerDeadline, innerTrace] = error.message.split(' ');
  assert.equal(innerTrace, outerTrace);
  // grpc-timeout is sent as time left, so it drifts by the time on the way.
  assert.ok(Math.abs(Number(innerDeadline) - Number(outerDeadline)) < 100);
});

test('a deadline shrinks hop by hop: each has what the one before has left', async (t) => {
  const left: number[] = [];
  const last = await TestServer.start(
    analytics(async (_, { deadline }) => {
      left.push(Number(deadline) - Date.now());
      return { summary: undefined };
    }),
  );
  const hop = (next: TestServer) =>
    TestServer.start(
      analytics(async (request, { deadline }) => {
        left.push(Number(deadline) - Date.now());
        await sleep(200);
        // Asking for more time than there is does not give it.
        const options = { timeoutMs: 60_000 };
        return next.client(AnalyticsServiceDefinition).getAssetSummary(request, options);
      }),
    );
  const second = await hop(last);
  const first = await hop(second);
  t.after(async () => {
    await first.stop();
    await second.stop();
    await last.stop();
  });
  await first
    .client(AnalyticsServiceDefinition)
    .getAssetSummary({ assetSymbol: 'A' }, { timeoutMs: 30_000 });
  const [atFirst = 0, atSecond = 0, atLast = 0] = left;
  assert.ok(atFirst <= 30_000);
  assert.ok(atSecond <= atFirst - 190, `${atSecond} ms after ${atFirst} ms`);
  assert.ok(atLast <= atSecond - 190, `${atLast} ms after ${atSecond} ms`);
});

test('a call that no time is left for is not sent', async (t) => {
  let calls = 0;
  const inner = await TestServer.start(
    analytics(async () => {
      calls += 1;
      return { summary: undefined };
    }),
  );
  const failures: RpcError[] = [];
  const handled = Promise.withResolvers<void>();
  const outer = await TestServer.start(
    analytics(async (request, { deadline }) => {
      // Nothing else runs meanwhile, not even the timer of the deadline.
      while (Date.now() < Number(deadline));
      const { getAssetSummary } = inner.client(AnalyticsServiceDefinition);
      await getAssetSummary(request).catch((error) => failures.push(error));
      // When the deadline's timer has run, too.
      await sleep(100);
      await getAssetSummary(request).catch((error) => failures.push(error));
      handled.resolve();
      return { summary: undefined };
    }),
  );
  t.after(async () => {
    await outer.stop();
    await inner.stop();
  });
  await assert.rejects(
    outer
      .client(AnalyticsServiceDefinition)
      .getAssetSummary({ assetSymbol: 'A' }, { timeoutMs: 500 }),
    { code: Status.DEADLINE_EXCEEDED },
  );
  await handled.promise;
  assert.deepEqual(
    failures.map(({ codeName }) => codeName),
    ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'],
  );
  assert.equal(calls, 0);
});

test('a caller that gives up takes the calls made for it along', async (t) => {
  const innerEnded = Promise.withResolvers<unknown>();
  const innerStarted = Promise.withResolvers<void>();
  const inner = await TestServer.start(
    analytics(async (_, { signal }) => {
      innerStarted.resolve();
      await once(signal, 'abort');
      innerEnded.resolve(signal.reason);
      throw signal.reason;
    }),
  );
  const outer = await TestServer.start(
    analytics((request) => inner.client(AnalyticsServiceDefinition).getAssetSummary(request)),
  );
  t.after(async () => {
    await outer.stop();
    await inner.stop();
  });
  const abort = new AbortController();
  const call = outer
    .client(AnalyticsServiceDefinition)
    .getAssetSummary({ assetSymbol: 'A' }, { signal: abort.signal });
  await innerStarted.promise;
  abort.abort();
  await assert.rejects(call, { code: Status.CANCELLED });
  const reason = await innerEnded.promise;
  assert.ok(reason instanceof RpcError);
});

test('a deadline ends a call on both sides', async (t) => {
  const reason = Promise.withResolvers<unknown>();
  const server = await TestServer.start(
    analytics(async (_, { signal }) => {
      await once(signal, 'abort');
      reason.resolve(signal.reason);
      throw signal.reason;
    }),
  );
  t.after(() => server.stop());
  await assert.rejects(
    server
      .client(AnalyticsServiceDefinition)
      .getAssetSummary({ assetSymbol: 'A' }, { timeoutMs: 100 }),
    { code: Status.DEADLINE_EXCEEDED },
  );
  const seen = await reason.promise;
  assert.ok(seen instanceof RpcError);
});
