import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { eventually } from '../../testing/eventually.ts';
import type { RpcError } from '../rpc/RpcError.ts';
import { TestServer } from '../testing/TestServer.ts';
import { analytics, unimplemented } from '../testing/testServices.ts';

const SUMMARY = '/market.v1.AnalyticsService/GetAssetSummary';
const WATCH = '/market.v1.AnalyticsService/WatchAsset';
const request = { assetSymbol: 'A' };

test('calls above the limit of their method are refused at once, those below are served', async (t) => {
  const release = Promise.withResolvers<void>();
  let underWay = 0;
  const server = await TestServer.start(
    analytics(async () => {
      underWay += 1;
      await release.promise;
      return { summary: undefined };
    }),
    undefined,
    { contractOf: (path) => (path === SUMMARY ? { concurrencyLimit: 2 } : undefined) },
  );
  t.after(() => server.stop());
  const client = server.client(AnalyticsServiceDefinition);
  const served = [client.getAssetSummary(request), client.getAssetSummary(request)];
  await eventually(() => assert.equal(underWay, 2), 30_000);

  const refused = await client.getAssetSummary(request).then(
    () => assert.fail('a third call was served'),
    (error: RpcError) => error,
  );
  assert.equal(refused.code, Status.RESOURCE_EXHAUSTED);
  assert.match(refused.message, /^2 calls of this method/);
  assert.deepEqual(refused.details, [
    {
      type: 'google.rpc.ErrorInfo',
      value: { reason: 'CONCURRENCY_LIMIT', domain: 'weft', metadata: {} },
    },
    { type: 'google.rpc.RetryInfo', value: { retryDelay: { seconds: 1, nanos: 0 } } },
  ]);
  const text = await server.telemetry.prometheus();
  assert.match(
    text,
    /weft_server_call_refused_total\{grpc_method="market.v1.AnalyticsService\/GetAssetSummary",reason="concurrency"[^}]*\} 1/,
  );

  release.resolve();
  await Promise.all(served);
  assert.deepEqual(await client.getAssetSummary(request), { summary: undefined }, 'room again');
});

test('a stream counts until it has ended', async (t) => {
  const server = await TestServer.start(
    analytics(unimplemented, async function* (_, { signal }) {
      yield { summary: undefined };
      await once(signal, 'abort');
    }),
    undefined,
    { contractOf: (path) => (path === WATCH ? { concurrencyLimit: 1 } : undefined) },
  );
  t.after(() => server.stop());
  const client = server.client(AnalyticsServiceDefinition);
  const first = client.watchAsset(request)[Symbol.asyncIterator]();
  await first.next();
  const second = () => client.watchAsset(request)[Symbol.asyncIterator]().next();
  await assert.rejects(second(), { code: Status.RESOURCE_EXHAUSTED });
  await first.return?.();
  await eventually(second, 30_000);
});

test('a call that its caller has left counts while its handler works on', async (t) => {
  const release = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const server = await TestServer.start(
    analytics(async () => {
      started.resolve();
      await release.promise;
      return { summary: undefined };
    }),
    undefined,
    { contractOf: () => ({ concurrencyLimit: 1 }) },
  );
  t.after(() => server.stop());
  const client = server.client(AnalyticsServiceDefinition);
  const abort = new AbortController();
  const left = client.getAssetSummary(request, { signal: abort.signal });
  await started.promise;
  abort.abort();
  await assert.rejects(left, { code: Status.CANCELLED });
  await assert.rejects(client.getAssetSummary(request), { code: Status.RESOURCE_EXHAUSTED });
  release.resolve();
  await eventually(() => client.getAssetSummary(request), 30_000);
});
