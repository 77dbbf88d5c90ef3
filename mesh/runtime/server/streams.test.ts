import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import { eventually } from '../../testing/eventually.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { TestServer } from '../testing/TestServer.ts';
import {
  analytics,
  emptySummary,
  marketData,
  open,
  trading,
  unimplemented,
} from '../testing/testServices.ts';

/** Reads to the end. @returns how many there were. */
async function readAll(messages: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of messages) count += 1;
  return count;
}

test('a stream of responses waits for a slow reader', async (t) => {
  let yielded = 0;
  const summary = { ...emptySummary, assetSymbol: 'x'.repeat(20_000) };
  const server = await TestServer.start(
    analytics(unimplemented, async function* () {
      for (; yielded < 5_000; yielded += 1) yield { summary };
    }),
  );
  const other = await TestServer.start(
    analytics(unimplemented, async function* () {
      for (let i = 0; i < 5_000; i += 1) yield { summary };
    }),
  );
  t.after(() => Promise.all([server.stop(), other.stop()]));
  let read = 0;
  for await (const response of server
    .client(AnalyticsServiceDefinition)
    .watchAsset({ assetSymbol: 'A' })) {
    assert.equal(response.summary?.assetSymbol.length, 20_000);
    read += 1;
    if (read === 10) {
      // While a reader that takes all of them is served.
      await readAll(other.client(AnalyticsServiceDefinition).watchAsset({ assetSymbol: 'A' }));
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
  const other = await TestServer.start(
    marketData(async function* (requests) {
      yield { acknowledgedSequence: await readAll(requests) };
    }),
  );
  t.after(() => Promise.all([server.stop(), other.stop()]));
  let made = 0;
  const request = open('x'.repeat(10_000));
  async function* requests() {
    for (; made < 3_000; made += 1) yield request;
  }
  const responses = server.client(MarketDataServiceDefinition).streamMarketData(requests());
  const first = responses[Symbol.asyncIterator]().next();
  await eventually(() => assert.ok(made > 0));
  // While a server that reads all of them is called.
  async function* all() {
    for (let i = 0; i < 3_000; i += 1) yield request;
  }
  await readAll(other.client(MarketDataServiceDefinition).streamMarketData(all()));
  assert.ok(made < 1_000, `${made} requests of 10 kB made for a server that reads none`);
  gate.resolve();
  assert.equal((await first).value?.acknowledgedSequence, 3_000);
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

test('a stream that has nothing to say yet is open all the same, and one that fails at once is not', async (t) => {
  const leave = new AbortController();
  const server = await TestServer.start(
    analytics(unimplemented, async function* ({ assetSymbol }, { signal }) {
      if (assetSymbol === 'NONE') throw new RpcError(Status.NOT_FOUND, 'no such asset');
      await once(signal, 'abort');
      yield { summary: undefined };
    }),
  );
  t.after(() => server.stop());
  const headers: string[] = [];
  const watch = async (assetSymbol: string) => {
    const { signal } = leave;
    const responses = server
      .client(AnalyticsServiceDefinition)
      .watchAsset({ assetSymbol }, { signal, onHeader: () => headers.push(assetSymbol) });
    await readAll(responses);
  };
  await assert.rejects(watch('NONE'), { code: Status.NOT_FOUND });
  const quiet = assert.rejects(watch('QUIET'), { code: Status.CANCELLED });
  await eventually(() => assert.deepEqual(headers, ['QUIET']));
  leave.abort();
  await quiet;
});
