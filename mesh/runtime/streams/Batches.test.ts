import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  MarketDataServiceDefinition,
  type StreamMarketDataRequest,
} from '@weft/proto/market/v1/market_data';
import fc from 'fast-check';
import { TestServer } from '../testing/TestServer.ts';
import { marketData, open } from '../testing/testServices.ts';
import { type BatchBuffer, Batches } from './Batches.ts';

test('an item that comes alone leaves at once', async () => {
  const batches = new Batches<number>();
  const next = batches[Symbol.asyncIterator]().next();
  await setImmediate();
  batches.add(1);
  assert.deepEqual(await next, { done: false, value: [1] });
});

test('what comes while a batch is written leaves together, in order and none twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 20 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 7 }),
      async (bursts, maxBatchSize) => {
        const batches = new Batches<number>({ maxBatchSize });
        const written: number[][] = [];
        const writing = (async () => {
          for await (const batch of batches) {
            written.push(batch);
            await setImmediate();
          }
        })();
        let count = 0;
        for (const burst of bursts) {
          for (let i = 0; i < burst; i++) batches.add(count++);
          await setImmediate();
        }
        batches.end();
        await writing;
        assert.deepEqual(
          written.flat(),
          Array.from({ length: count }, (_, index) => index),
        );
        for (const { length } of written) assert.ok(length >= 1 && length <= maxBatchSize);
      },
    ),
    { numRuns: 50 },
  );
});

test('a producer that waits for capacity takes no more memory than that', async () => {
  const items: number[] = [];
  let mostWaiting = 0;
  const buffer: BatchBuffer<number, number[]> = {
    get length() {
      return items.length;
    },
    push: (item) => {
      mostWaiting = Math.max(mostWaiting, items.push(item));
    },
    take: (max) => items.splice(0, max),
  };
  const batches = new Batches({ maxBatchSize: 10, capacity: 30, buffer });
  const total = 1_000;
  const producing = (async () => {
    for (let i = 0; i < total; i++) {
      await batches.waitForCapacity();
      batches.add(i);
    }
    batches.end();
  })();
  let received = 0;
  for await (const batch of batches) {
    received += batch.length;
    await setImmediate();
  }
  await producing;
  assert.equal(received, total);
  assert.equal(mostWaiting, 30);
});

test('a producer is not left waiting for a reader that has gone', async () => {
  const batches = new Batches<number>({ maxBatchSize: 1, capacity: 1 });
  batches.add(1);
  batches.add(2);
  const waiting = batches.waitForCapacity();
  for await (const _ of batches) break;
  await waiting;
  assert.equal(batches.ended, true);
  assert.equal(batches.isFull, false);
});

test('what waits arrives before the end, and an error at once', async () => {
  const ending = new Batches<number>();
  ending.add(1);
  ending.end();
  ending.add(2);
  assert.deepEqual(await Array.fromAsync(ending), [[1]]);

  const failing = new Batches<number>();
  failing.add(1);
  failing.fail(new Error('the source broke'));
  await assert.rejects(Array.fromAsync(failing), /the source broke/);
});

test('batches can be anything that a buffer makes of items', async () => {
  const sums: BatchBuffer<number, { sum: number }> & { sum: number } = {
    length: 0,
    sum: 0,
    push(item) {
      this.sum += item;
      (this as { length: number }).length++;
    },
    take() {
      const { sum } = this;
      Object.assign(this, { sum: 0, length: 0 });
      return { sum };
    },
  };
  const batches = new Batches<number, { sum: number }>({ buffer: sums });
  for (const item of [1, 2, 3]) batches.add(item);
  batches.end();
  assert.deepEqual(await Array.fromAsync(batches), [{ sum: 6 }]);
});

test('over a call, a flood of single ticks travels in few messages, and a lone one waits for none', async (t) => {
  const prices: number[] = [];
  const sizes: number[] = [];
  const server = await TestServer.start(
    marketData(async function* (requests) {
      for await (const { message } of requests) {
        if (message?.$case !== 'batch') continue;
        prices.push(...message.value.price);
        sizes.push(message.value.price.length);
        yield { acknowledgedSequence: prices.length };
      }
    }),
  );
  t.after(() => server.stop());
  const flood = 20_000;
  const ticks = new Batches<number>({ maxBatchSize: 4_000 });

  async function* requests(): AsyncGenerator<StreamMarketDataRequest> {
    yield open('test');
    for await (const price of ticks) {
      const value = {
        symbols: ['A'],
        symbolIndex: price.map(() => 0),
        price,
        size: price,
        ageUs: price.map(() => 0),
        latestEventTime: { seconds: 1, nanos: 0 },
        firstSequence: price[0] as number,
        sequenceStep: [],
      };
      yield { message: { $case: 'batch', value } };
    }
  }

  ticks.add(1);
  const responses = server.client(MarketDataServiceDefinition).streamMarketData(requests());
  for await (const { acknowledgedSequence } of responses) {
    if (acknowledgedSequence === 1) {
      for (let price = 2; price <= flood; price++) ticks.add(price);
    }
    if (acknowledgedSequence === flood) ticks.end();
  }
  assert.deepEqual(
    prices,
    Array.from({ length: flood }, (_, index) => index + 1),
  );
  assert.equal(sizes[0], 1);
  assert.equal(sizes.length, 1 + Math.ceil((flood - 1) / 4_000));
});
