import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Metadata, status as Status } from '@grpc/grpc-js';
import {
  AnalyticsServiceDefinition,
  type GetAssetSummaryResponse,
  type WatchAssetResponse,
} from '@weft/proto/market/v1/analytics';
import {
  MarketDataServiceDefinition,
  type StreamMarketDataRequest,
  type StreamMarketDataResponse,
} from '@weft/proto/market/v1/market_data';
import {
  TradingServiceDefinition,
  type UploadFileRequest,
  type UploadFileResponse,
} from '@weft/proto/market/v1/trading';
import { RpcError } from '../rpc/RpcError.ts';
import { TestServer } from '../testing/TestServer.ts';
import type { CallContext } from './CallContext.ts';
import { implement } from './implement.ts';

const unimplemented = (): never => {
  throw new RpcError(Status.UNIMPLEMENTED, 'not in this test');
};

type Summary = (
  request: { assetSymbol: string },
  context: CallContext,
) => Promise<GetAssetSummaryResponse>;
type Watch = (
  request: { assetSymbol: string },
  context: CallContext,
) => AsyncIterable<WatchAssetResponse>;
type Stream = (
  requests: AsyncIterable<StreamMarketDataRequest>,
  context: CallContext,
) => AsyncIterable<StreamMarketDataResponse>;
type Upload = (
  requests: AsyncIterable<UploadFileRequest>,
  context: CallContext,
) => Promise<UploadFileResponse>;

const analytics = (getAssetSummary: Summary, watchAsset: Watch = unimplemented) =>
  implement(AnalyticsServiceDefinition, {
    getAssetSummary,
    watchAsset,
    listAssets: unimplemented,
    listCandles: unimplemented,
  });
const marketData = (streamMarketData: Stream) =>
  implement(MarketDataServiceDefinition, { streamMarketData, sendMarketData: unimplemented });
const trading = (uploadFile: Upload) =>
  implement(TradingServiceDefinition, {
    uploadFile,
    createFeed: unimplemented,
    listFeeds: unimplemented,
    watchFeed: unimplemented,
    stopFeed: unimplemented,
  });

const open = (source: string): StreamMarketDataRequest => ({
  message: { $case: 'open', value: { source } },
});

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

test('a stream of responses waits for a slow reader', async (t) => {
  let yielded = 0;
  const summary = { ...emptySummary, assetSymbol: 'x'.repeat(20_000) };
  const server = await TestServer.start(
    analytics(unimplemented, async function* () {
      for (; yielded < 5_000; yielded += 1) yield { summary };
    }),
  );
  t.after(() => server.stop());
  let read = 0;
  for await (const response of server
    .client(AnalyticsServiceDefinition)
    .watchAsset({ assetSymbol: 'A' })) {
    assert.equal(response.summary?.assetSymbol.length, 20_000);
    read += 1;
    if (read === 10) {
      await sleep(200);
      assert.ok(yielded < 1_000, `${yielded} responses made for a reader that took 10`);
    }
  }
  assert.equal(read, 5_000);
});

test('a reader that leaves ends the call, and the handler with it', async (t) => {
  const ended = Promise.withResolvers<string>();
  const server = await TestServer.start(
    analytics(unimplemented, async function* (_, { signal }) {
      try {
        for (;;) {
          yield { summary: undefined };
          await sleep(5, undefined, { signal });
        }
      } finally {
        ended.resolve(signal.reason?.message);
      }
    }),
  );
  t.after(() => server.stop());
  for await (const _ of server.client(AnalyticsServiceDefinition).watchAsset({ assetSymbol: 'A' }))
    break;
  assert.equal(await ended.promise, 'the caller has gone');
});

test('streams go both ways at once, in order', async (t) => {
  const server = await TestServer.start(
    marketData(async function* (requests) {
      let sequence = 0;
      for await (const { message } of requests) {
        assert.equal(message?.$case, 'open');
        sequence += 1;
        yield { acknowledgedSequence: sequence };
      }
    }),
  );
  t.after(() => server.stop());
  async function* requests() {
    for (let i = 0; i < 1_000; i += 1) yield open(`s${i}`);
  }
  const acknowledged: number[] = [];
  for await (const response of server
    .client(MarketDataServiceDefinition)
    .streamMarketData(requests())) {
    acknowledged.push(response.acknowledgedSequence);
  }
  assert.deepEqual(
    acknowledged,
    Array.from({ length: 1_000 }, (_, i) => i + 1),
  );
});

test('a source of requests is asked no faster than the server reads', async (t) => {
  const gate = Promise.withResolvers<void>();
  const server = await TestServer.start(
    marketData(async function* (requests) {
      await gate.promise;
      let count = 0;
      for await (const _ of requests) count += 1;
      yield { acknowledgedSequence: count };
    }),
  );
  t.after(() => server.stop());
  let made = 0;
  async function* requests() {
    for (; made < 3_000; made += 1) yield open('x'.repeat(10_000));
  }
  const responses = server.client(MarketDataServiceDefinition).streamMarketData(requests());
  const first = responses[Symbol.asyncIterator]().next();
  await sleep(300);
  assert.ok(made < 1_000, `${made} requests of 10 kB made for a server that reads none`);
  gate.resolve();
  assert.deepEqual((await first).value, { acknowledgedSequence: 3_000 });
});

test('an error of the source of requests comes out of the call', async (t) => {
  const server = await TestServer.start(
    marketData(async function* (requests) {
      for await (const _ of requests) yield { acknowledgedSequence: 1 };
    }),
  );
  t.after(() => server.stop());
  const broken = new Error('broken source');
  async function* requests() {
    yield open('s');
    throw broken;
  }
  await assert.rejects(async () => {
    for await (const _ of server.client(MarketDataServiceDefinition).streamMarketData(requests()));
  }, broken);
});

test('a server that ends a stream ends its source of requests', async (t) => {
  const server = await TestServer.start(
    marketData(async function* () {
      yield { acknowledgedSequence: 1 };
      throw new RpcError(Status.ABORTED, 'enough');
    }),
  );
  t.after(() => server.stop());
  const ended = Promise.withResolvers<void>();
  async function* requests() {
    try {
      for (;;) {
        yield open('s');
        await sleep(5);
      }
    } finally {
      ended.resolve();
    }
  }
  await assert.rejects(
    async () => {
      for await (const _ of server
        .client(MarketDataServiceDefinition)
        .streamMarketData(requests()));
    },
    { code: Status.ABORTED, message: 'enough' },
  );
  await ended.promise;
});

test('a stream of requests has one response', async (t) => {
  const server = await TestServer.start(
    trading(async (requests) => {
      let sizeBytes = 0;
      for await (const { chunk } of requests) sizeBytes += chunk.length;
      return { fileId: 'f', sizeBytes };
    }),
  );
  t.after(() => server.stop());
  async function* requests() {
    for (let i = 0; i < 100; i += 1) yield { chunk: Buffer.alloc(1_000) };
  }
  const response = await server.client(TradingServiceDefinition).uploadFile(requests());
  assert.deepEqual(response, { fileId: 'f', sizeBytes: 100_000 });
});

test('a handler that waits for requests learns that its caller has gone', async (t) => {
  const failed = Promise.withResolvers<unknown>();
  const started = Promise.withResolvers<void>();
  const server = await TestServer.start(
    trading(async (requests) => {
      try {
        for await (const _ of requests) started.resolve();
      } catch (error) {
        failed.resolve(error);
        throw error;
      }
      return { fileId: 'f', sizeBytes: 0 };
    }),
  );
  t.after(() => server.stop());
  const abort = new AbortController();
  async function* requests() {
    yield { chunk: Buffer.alloc(1) };
    await once(abort.signal, 'abort');
  }
  const call = server
    .client(TradingServiceDefinition)
    .uploadFile(requests(), { signal: abort.signal });
  await started.promise;
  abort.abort();
  await assert.rejects(call, { code: Status.CANCELLED });
  assert.deepEqual((await failed.promise) instanceof RpcError, true);
});

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

const emptySummary = {
  assetSymbol: '',
  count: 0,
  first: 0,
  last: 0,
  high: 0,
  low: 0,
  vwap: 0,
  volume: 0,
  fromTime: undefined,
  toTime: undefined,
};
