import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '@weft/mesh/testing/eventually';
import { quietLog } from '../../../../kit/testing/quietLog.ts';
import { ExchangeServer } from '../../testing/ExchangeServer.ts';
import { Pace } from '../Pace.ts';
import { ExchangeTicks } from './ExchangeTicks.ts';

let exchange: ExchangeServer;
let stop: AbortController;
/** What the source has said of itself, newest last. */
let problems: (string | undefined)[];
let warnings: string[];
/** Numbers of the ticks that have come. */
let received: number[];
let done: Promise<void>;
beforeEach(async () => {
  exchange = await ExchangeServer.start(['BTC-USD', 'ETH-USD']);
  stop = new AbortController();
  problems = [];
  warnings = [];
  received = [];
});
afterEach(async () => {
  stop.abort();
  await done;
  await exchange.stop();
});

function listen({ after = 0, productId = 'BTC-USD', idleMs = 30_000 } = {}): void {
  const source = new ExchangeTicks({
    url: exchange.url,
    productId,
    log: { ...quietLog, warn: (_, message) => warnings.push(message) },
    onProblem: (problem) => problems.push(problem),
    idleMs,
    firstRetryMs: 10,
  });
  done = (async () => {
    for await (const ticks of source.ticks(after, new Pace(0), stop.signal)) {
      received.push(...ticks.sequence);
    }
  })();
}

const subscribed = (times = 1) =>
  eventually(() => problems.filter((problem) => problem === undefined).length === times);

test('each trade is a tick with its price, size, time and number', async () => {
  const source = new ExchangeTicks({
    url: exchange.url,
    productId: 'BTC-USD',
    log: quietLog,
    onProblem: () => exchange.trade('BTC-USD', { tradeId: 7, price: '65000.01', size: '0.00012' }),
  });
  done = Promise.resolve();
  for await (const ticks of source.ticks(0, new Pace(0), stop.signal)) {
    assert.deepEqual(
      { ...ticks },
      {
        sequence: [7],
        price: [65000.01],
        size: [0.00012],
        atUs: [Date.parse('2024-01-02T03:04:05Z') * 1000 + 123_456],
      },
    );
    break;
  }
});

test('trades known already, old ones and those of other products are passed over', async () => {
  exchange.trade('BTC-USD', { tradeId: 5 });
  listen({ after: 5 });
  await subscribed();
  for (const tradeId of [5, 6, 6, 4, 9]) exchange.trade('BTC-USD', { tradeId });
  exchange.trade('ETH-USD', { tradeId: 10 });
  exchange.trade('BTC-USD', { tradeId: 11 });
  await eventually(() => received.includes(11));
  assert.deepEqual(received, [6, 9, 11]);
});

test('a lost connection is made again, and no trade comes twice', async () => {
  listen();
  await subscribed();
  exchange.trade('BTC-USD', { tradeId: 1 });
  await eventually(() => received.length === 1);
  for (let round = 2; round <= 4; round++) {
    exchange.cut();
    await subscribed(round);
    exchange.trade('BTC-USD', { tradeId: round });
    await eventually(() => received.length === round);
  }
  assert.deepEqual(received, [1, 2, 3, 4]);
  assert.match(problems[1] ?? '', /closed the connection/);
});

test('an exchange that is away is tried again until it is back', async () => {
  const { port } = exchange;
  listen();
  await subscribed();
  await exchange.stop();
  await eventually(
    () => problems.filter((problem) => problem?.includes('ECONNREFUSED')).length > 2,
  );
  exchange = await ExchangeServer.start(['BTC-USD'], port);
  await subscribed(2);
});

test('a connection that gives no sign of life is given up', async () => {
  listen({ idleMs: 600 });
  await subscribed();
  // A quiet market is alive: the server answers pings, of which three go out within that time.
  await eventually(() => assert.ok(exchange.pongs > 6));
  assert.deepEqual(problems, [undefined]);
  exchange.mute = true;
  await eventually(() => problems.some((problem) => problem?.includes('said nothing')));
  exchange.mute = false;
  await eventually(() => problems.at(-1) === undefined);
});

test('the reason of a refusal is told, and it is tried again', async () => {
  listen({ productId: 'FOO-USD' });
  await eventually(() => exchange.subscriptions > 1);
  assert.match(problems[0] ?? '', /Failed to subscribe: FOO-USD is not a valid product/);
});

test('a message that makes no sense is noted, and the feed goes on', async () => {
  listen();
  await subscribed();
  const broken = ['not json', '{}', '{"type":"ticker","product_id":"BTC-USD","price":"-1"}'];
  for (const text of broken) exchange.sendAll(text);
  exchange.sendAll('{"type":"heartbeat"}');
  exchange.trade('BTC-USD', { tradeId: 1 });
  await eventually(() => received.length === 1);
  assert.equal(warnings.length, broken.length);
});
