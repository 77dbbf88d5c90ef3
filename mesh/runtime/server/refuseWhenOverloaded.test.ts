import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status as Status } from '@grpc/grpc-js';
import { HealthDefinition } from '@weft/proto/grpc/health/v1/health';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { healthService } from '../health/healthService.ts';
import { ServingState } from '../health/ServingState.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { TestServer } from '../testing/TestServer.ts';
import { analytics, marketData, open } from '../testing/testServices.ts';

const overloaded = { refuses: () => true };
const request = { assetSymbol: 'A' };

test('a refused call costs no handler, says when to come back, and asks not to be retried at once', async (t) => {
  let calls = 0;
  const server = await TestServer.start(
    analytics(async () => {
      calls += 1;
      return { summary: undefined };
    }),
    undefined,
    { shedder: overloaded },
  );
  t.after(() => server.stop());
  let trailer = new Metadata();
  const onTrailer = (got: Metadata) => {
    trailer = got;
  };
  const client = server.client(AnalyticsServiceDefinition);
  await assert.rejects(client.getAssetSummary(request, { onTrailer }), (error: unknown) => {
    assert.ok(error instanceof RpcError);
    assert.equal(error.code, Status.RESOURCE_EXHAUSTED);
    assert.deepEqual(
      error.details.map(({ type }) => type),
      ['google.rpc.ErrorInfo', 'google.rpc.RetryInfo'],
    );
    return true;
  });
  assert.equal(calls, 0);
  assert.deepEqual(trailer.get('grpc-retry-pushback-ms'), ['-1']);
  const text = await server.telemetry.prometheus();
  const method = 'grpc_method="market.v1.AnalyticsService/GetAssetSummary"';
  assert.match(
    text,
    new RegExp(`weft_server_call_refused_total\\{${method},reason="overload"[^}]*\\} 1`),
  );
  assert.match(
    text,
    new RegExp(
      `grpc_server_call_duration_count\\{${method},grpc_status="RESOURCE_EXHAUSTED"[^}]*\\} 1`,
    ),
  );
});

test('health is answered under any load', async (t) => {
  const state = new ServingState();
  state.serving = true;
  const server = await TestServer.start(healthService(['a.A'], state), undefined, {
    shedder: overloaded,
  });
  t.after(() => server.stop());
  await server.client(HealthDefinition).check({ service: 'a.A' });
});

test('a stream that is open goes on, and a new one is refused', async (t) => {
  let refuses = false;
  const server = await TestServer.start(
    marketData(async function* (requests) {
      let sequence = 0;
      for await (const _ of requests) yield { acknowledgedSequence: ++sequence };
    }),
    undefined,
    { shedder: { refuses: () => refuses } },
  );
  t.after(() => server.stop());
  const client = server.client(MarketDataServiceDefinition);
  async function* requests() {
    yield open('a');
    yield open('b');
  }
  const stream = client.streamMarketData(requests())[Symbol.asyncIterator]();
  assert.equal((await stream.next()).value?.acknowledgedSequence, 1);
  refuses = true;
  await assert.rejects(
    async () => {
      for await (const _ of client.streamMarketData(requests()));
    },
    { code: Status.RESOURCE_EXHAUSTED },
  );
  assert.equal((await stream.next()).value?.acknowledgedSequence, 2);
  assert.equal((await stream.next()).done, true);
});
