import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '@weft/mesh/testing/eventually';
import { EgressPolicy } from '../../../../kit/egress/EgressPolicy.ts';
import { quietLog } from '../../../../kit/testing/quietLog.ts';
import { Pace } from '../../../ticks/Pace.ts';
import { ExchangeServer } from '../../testing/ExchangeServer.ts';
import { ExchangeTicks } from './ExchangeTicks.ts';

let exchange: ExchangeServer;
let stop: AbortController;
/** What the source has said of itself, newest last. */
let problems: (string | undefined)[];
let warnings: string[];
/** What has come up, as the log has it. */
let causes: string[];
/** Numbers of the ticks that have come. */
let received: number[];
let done: Promise<void>;
beforeEach(async () => {
  exchange = await ExchangeServer.start(['BTC-USD', 'ETH-USD']);
  stop = new AbortController();
  problems = [];
  warnings = [];
  causes = [];
  received = [];
});
afterEach(async () => {
  stop.abort();
  await done;
  await exchange.stop();
});

const onThisMachine = new EgressPolicy(['127.0.0.1/32']);

function listen({
  after = 0,
  productId = 'BTC-USD',
  idleMs = 30_000,
  url = exchange.url,
  egress = onThisMachine,
} = {}): void {
  const source = new ExchangeTicks({
    url,
    productId,
    egress,
    log: {
      ...quietLog,
      warn(fields, message) {
        warnings.push(message);
        causes.push(String((fields as { err: unknown }).err));
      },
    },
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
    egress: onThisMachine,
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
  assert.equal(problems[1], 'EXCHANGE_UNREACHABLE');
  assert.match(causes[0] ?? '', /closed the connection/);
});

test('an exchange that is away is tried again until it is back', async () => {
  const { port } = exchange;
  listen();
  await subscribed();
  await exchange.stop();
  await eventually(() => causes.filter((cause) => cause.includes('ECONNREFUSED')).length > 2);
  exchange = await ExchangeServer.start(['BTC-USD'], port);
  await subscribed(2);
});

test('a connection that gives no sign of life is given up', async () => {
  // Longer than a busy machine keeps this process from looking.
  listen({ idleMs: 2_000 });
  await subscribed();
  // A quiet market is alive: the server answers pings, of which three go out within that time.
  await eventually(() => assert.ok(exchange.pongs > 3));
  assert.deepEqual(problems, [undefined]);
  exchange.mute = true;
  await eventually(() => causes.some((cause) => cause.includes('said nothing')));
  exchange.mute = false;
  await eventually(() => problems.at(-1) === undefined);
});

test('a connection whose subscription is never confirmed is given up, though pings are answered', async () => {
  exchange.mute = true;
  listen({ idleMs: 600 });
  await eventually(() => exchange.unheard > 0);
  exchange.mute = false;
  await subscribed();
  await eventually(() => problems.at(-1) === undefined);
});

test('a refusal is told as one, its words are in the log, and it is tried again', async () => {
  listen({ productId: 'FOO-USD' });
  await eventually(() => exchange.subscriptions > 1);
  assert.equal(problems[0], 'EXCHANGE_SUBSCRIPTION_REFUSED');
  assert.match(causes[0] ?? '', /Failed to subscribe: FOO-USD is not a valid product/);
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

test('what is open and what is closed on this machine looks the same, and nobody is called', async () => {
  const nowhere = new EgressPolicy();
  const { port } = exchange;
  const urls = [
    exchange.url,
    `ws://localhost:${port}`,
    'ws://localhost:1',
    'ws://no-such-host.invalid',
  ];
  for (const url of urls) {
    problems = [];
    stop = new AbortController();
    listen({ url, egress: nowhere });
    await eventually(() => problems.length > 1);
    stop.abort();
    await done;
    assert.deepEqual(new Set(problems), new Set(['EXCHANGE_UNREACHABLE']), url);
  }
  assert.equal(exchange.subscriptions, 0);
});

test('a token in the URL is written into no log', async () => {
  const lines: unknown[] = [];
  const keep = (fields: object, message: string) =>
    lines.push(message, { ...fields, err: String((fields as { err?: unknown }).err) });
  const source = new ExchangeTicks({
    url: `${exchange.url}/feed?token=geheim`,
    productId: 'FOO-USD',
    egress: onThisMachine,
    log: { info: keep, warn: keep, error: keep },
    onProblem: (problem) => problems.push(problem),
  });
  done = (async () => {
    for await (const _ of source.ticks(0, new Pace(0), stop.signal));
  })();
  await eventually(() => problems.length > 0);
  await exchange.stop();
  await eventually(() => problems.includes('EXCHANGE_UNREACHABLE'));
  exchange = await ExchangeServer.start([]);
  assert.match(JSON.stringify(lines), /\/feed/);
  assert.doesNotMatch(JSON.stringify(lines), /geheim/);
});
