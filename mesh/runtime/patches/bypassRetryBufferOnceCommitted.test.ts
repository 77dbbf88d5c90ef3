import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
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
  t.after(() => server.stop());
  const opened = Promise.withResolvers<void>();
  let made = 0;
  async function* requests() {
    await opened.promise;
    for (; made < 3_000; made += 1) yield open('x'.repeat(1_000));
  }
  const client = server.client(MarketDataServiceDefinition);
  const responses = client.streamMarketData(requests())[Symbol.asyncIterator]();
  await responses.next();
  opened.resolve();
  await sleep(300);
  assert.ok(made < 400, `${made} requests of 1 kB made for a server that reads none`);
  gate.resolve();
  const { value } = await responses.next();
  assert.deepEqual(value, { acknowledgedSequence: 3_000 });
});
