import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { eventually } from '../../testing/eventually.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { TestServer } from '../testing/TestServer.ts';
import { marketData, open } from '../testing/testServices.ts';
import { applyPatch } from './applyPatches.ts';
import { bypassRetryBufferOnceCommitted } from './bypassRetryBufferOnceCommitted.ts';

await applyPatch(bypassRetryBufferOnceCommitted, { log: memoryLogger([]) });

test('small requests wait with their source, and not in a buffer, when the server reads none', async (t) => {
  const gate = Promise.withResolvers<void>();
  const server = await TestServer.start(
    marketData(async function* (requests) {
      yield { acknowledgedSequence: 0 };
      await gate.promise;
      let count = 0;
      for await (const _ of requests) count += 1;
      yield { acknowledgedSequence: count };
    }),
  );
  const other = await TestServer.start(
    marketData(async function* (requests) {
      yield { acknowledgedSequence: 0 };
      let count = 0;
      for await (const _ of requests) count += 1;
      yield { acknowledgedSequence: count };
    }),
  );
  t.after(() => Promise.all([server.stop(), other.stop()]));
  const opened = Promise.withResolvers<void>();
  const request = open('x'.repeat(1_000));
  let made = 0;
  async function* requests() {
    await opened.promise;
    for (; made < 3_000; made += 1) yield request;
  }
  const client = server.client(MarketDataServiceDefinition);
  const responses = client.streamMarketData(requests())[Symbol.asyncIterator]();
  await responses.next();
  opened.resolve();
  await eventually(() => assert.ok(made > 0));
  // While a server that reads all of them is called.
  async function* all() {
    for (let i = 0; i < 3_000; i += 1) yield request;
  }
  for await (const _ of other.client(MarketDataServiceDefinition).streamMarketData(all()));
  assert.ok(made < 400, `${made} requests of 1 kB made for a server that reads none`);
  gate.resolve();
  const { value } = await responses.next();
  assert.equal(value.acknowledgedSequence, 3_000);
});
