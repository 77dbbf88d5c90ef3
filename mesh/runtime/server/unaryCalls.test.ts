import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { RpcError } from '../rpc/RpcError.ts';
import { TestServer } from '../testing/TestServer.ts';
import { analytics } from '../testing/testServices.ts';

test('a unary call answers, with header and trailer', async (t) => {
  const server = await TestServer.start(
    analytics(async (_, context) => {
      context.header.set('x-header', 'h');
      context.trailer.set('x-trailer', 't');
      return { summary: undefined };
    }),
  );
  t.after(() => server.stop());
  let header = new Metadata();
  let trailer = new Metadata();
  const response = await server.client(AnalyticsServiceDefinition).getAssetSummary(
    { assetSymbol: 'A' },
    {
      onHeader: (got) => {
        header = got;
      },
      onTrailer: (got) => {
        trailer = got;
      },
    },
  );
  assert.deepEqual(response, { summary: undefined });
  assert.deepEqual(header.get('x-header'), ['h']);
  assert.deepEqual(trailer.get('x-trailer'), ['t']);
});

test('an RpcError arrives with code, message and details, and is logged without being an error', async (t) => {
  const server = await TestServer.start(
    analytics(async () => {
      throw new RpcError(Status.NOT_FOUND, 'no asset "Ω"', {
        details: [
          {
            type: 'google.rpc.ErrorInfo',
            value: { reason: 'R', domain: 'D', metadata: { a: 'b' } },
          },
        ],
      });
    }),
  );
  t.after(() => server.stop());
  await assert.rejects(
    server.client(AnalyticsServiceDefinition).getAssetSummary({ assetSymbol: 'A' }),
    (error: unknown) => {
      assert.ok(error instanceof RpcError);
      assert.equal(error.code, Status.NOT_FOUND);
      assert.equal(error.message, 'no asset "Ω"');
      assert.deepEqual(error.details, [
        { type: 'google.rpc.ErrorInfo', value: { reason: 'R', domain: 'D', metadata: { a: 'b' } } },
      ]);
      return true;
    },
  );
  const line = server.lines.find((entry) => entry.msg === 'call');
  assert.equal(line?.level, 'info');
  assert.equal(line?.code, 'NOT_FOUND');
  assert.match(String(line?.traceId), /^[0-9a-f]{32}$/);
});

test('any other exception arrives as INTERNAL without a word of it, and is logged with its cause', async (t) => {
  const server = await TestServer.start(
    analytics(async () => {
      throw new Error('password=hunter2');
    }),
  );
  t.after(() => server.stop());
  await assert.rejects(
    server.client(AnalyticsServiceDefinition).getAssetSummary({ assetSymbol: 'A' }),
    { code: Status.INTERNAL, message: 'internal error' },
  );
  const line = server.lines.find((entry) => entry.msg === 'call');
  assert.equal(line?.level, 'error');
  assert.equal((line?.err as { message?: string } | undefined)?.message, 'password=hunter2');
});

test('a response that cannot be encoded is INTERNAL and logged', async (t) => {
  const server = await TestServer.start(analytics(async () => ({ summary: 7 }) as never));
  t.after(() => server.stop());
  await assert.rejects(
    server.client(AnalyticsServiceDefinition).getAssetSummary({ assetSymbol: 'A' }),
    { code: Status.INTERNAL },
  );
  assert.ok(server.lines.some((entry) => entry.level === 'error'));
});

test('a message above 4 MB is RESOURCE_EXHAUSTED', async (t) => {
  const server = await TestServer.start(analytics(async () => ({ summary: undefined })));
  t.after(() => server.stop());
  await assert.rejects(
    server
      .client(AnalyticsServiceDefinition)
      .getAssetSummary({ assetSymbol: 'x'.repeat(5_000_000) }),
    { code: Status.RESOURCE_EXHAUSTED },
  );
});

test('calls are counted by method and status', async (t) => {
  let calls = 0;
  const server = await TestServer.start(
    analytics(async () => {
      calls += 1;
      if (calls > 2) throw new RpcError(Status.NOT_FOUND, 'no');
      return { summary: undefined };
    }),
  );
  t.after(() => server.stop());
  const client = server.client(AnalyticsServiceDefinition);
  await client.getAssetSummary({ assetSymbol: 'A' });
  await client.getAssetSummary({ assetSymbol: 'A' });
  await assert.rejects(client.getAssetSummary({ assetSymbol: 'A' }));
  const text = await server.telemetry.prometheus();
  const method = 'grpc_method="market.v1.AnalyticsService/GetAssetSummary"';
  assert.match(text, new RegExp(`grpc_server_call_started_total\\{${method}[^}]*\\} 3`));
  assert.match(
    text,
    new RegExp(`grpc_server_call_duration_count\\{${method},grpc_status="OK"[^}]*\\} 2`),
  );
  assert.match(
    text,
    new RegExp(`grpc_server_call_duration_count\\{${method},grpc_status="NOT_FOUND"[^}]*\\} 1`),
  );
  assert.match(
    text,
    new RegExp(`grpc_client_call_duration_count\\{${method}.*grpc_status="OK"[^}]*\\} 2`),
  );
});
