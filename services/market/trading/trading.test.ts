import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { type RpcError, Status } from '@weft/mesh/runtime';
import { eventually } from '@weft/mesh/testing/eventually';
import { CalendarUnit } from '@weft/proto/market/v1/market_data';
import {
  BadRows,
  type Feed,
  FeedSource,
  FeedState,
  type GeneratorSource,
} from '@weft/proto/market/v1/trading';
import { EgressPolicy } from '../../kit/egress/EgressPolicy.ts';
import { callContext } from '../../kit/testing/callContext.ts';
import { query } from '../../kit/testing/query.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { ExchangeServer } from './testing/ExchangeServer.ts';
import { migrations, openTrading, type TestTrading } from './testing/openTrading.ts';
import { TestReceiver } from './testing/TestReceiver.ts';
import { temporaryFolder } from './testing/temporaryFolder.ts';

const postgres = usePostgres();
let url: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let receiver: TestReceiver;
let trading: TestTrading;
beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
  folder = await temporaryFolder();
  receiver = new TestReceiver();
  trading = await openTrading(url, folder.path, receiver);
});
afterEach(async () => {
  await trading.close();
  await folder.remove();
});

const context = callContext();
const fails =
  (code: Status, message = /./) =>
  (error: RpcError) =>
    error.code === code && message.test(error.message);

async function upload(text: string): Promise<string> {
  async function* chunks() {
    for (let i = 0; i < text.length; i += 1_000)
      yield { chunk: Buffer.from(text.slice(i, i + 1_000)) };
  }
  return (await trading.handlers.uploadFile(chunks(), context)).fileId;
}

async function create(source: FeedSource, ticksPerSecond = 0): Promise<Feed> {
  const { feed } = await trading.handlers.createFeed({ source, ticksPerSecond }, context);
  assert.ok(feed);
  return feed;
}

const fileSource = (fileId: string, badRows: BadRows = BadRows.REFUSE): FeedSource => ({
  source: {
    $case: 'file',
    value: { fileId, assetSymbol: 'A', badRows, barLength: undefined, timeZone: '' },
  },
});
const generator = (settings: Partial<GeneratorSource> = {}): FeedSource =>
  FeedSource.fromPartial({
    source: { $case: 'generator', value: { assetSymbol: 'DEMO', seed: 1, ...settings } },
  });

/** Watches a feed until it looks so. */
async function until(feedId: string, condition: (feed: Feed) => boolean): Promise<Feed> {
  const signal = AbortSignal.timeout(10_000);
  for await (const { feed } of trading.handlers.watchFeed({ feedId }, callContext(signal))) {
    if (feed && condition(feed)) return feed;
  }
  const { feeds } = await trading.handlers.listFeeds({ pageSize: 0, pageToken: '' }, context);
  throw new Error(`it never came to that: ${JSON.stringify(feeds)}`);
}
const inState = (state: FeedState) => (feed: Feed) => feed.state === state;

const rows = (count: number) =>
  Array.from({ length: count }, (_, i) => `${1_600_000_000 + i},${i + 1},1`);
const csv = (lines: readonly string[]) => ['time,price,size', ...lines].join('\n');

/** Each number from 1 on, once and in order. */
function assertExactly(count: number): void {
  assert.deepEqual(
    receiver.ticks.map(({ sequence }) => sequence),
    Array.from({ length: count }, (_, i) => i + 1),
  );
}

test('a file is sent to its end, and sent again adds nothing', async () => {
  const fileId = await upload(csv(rows(20_000)));
  const { feedId } = await create(fileSource(fileId));
  const feed = await until(feedId, inState(FeedState.FINISHED));
  assert.deepEqual(
    [feed.sentCount, feed.acknowledgedSequence, feed.totalCount, feed.message],
    [20_000, 20_000, 20_000, ''],
  );
  assertExactly(20_000);
  assert.deepEqual(receiver.ticks[1], { symbol: 'A', sequence: 2, price: 2, size: 1 });

  assert.equal(await upload(csv(rows(20_000))), fileId);
  assert.deepEqual(await create(fileSource(fileId)), feed);
  assertExactly(20_000);
});

test('a file with a broken row is refused with the row named, or sent without it', async () => {
  const lines = rows(30);
  lines[15] = '1600000015,x,1';
  const fileId = await upload(csv(lines));
  await assert.rejects(
    create(fileSource(fileId)),
    fails(Status.INVALID_ARGUMENT, /row 17: price: not a number: "x"/),
  );
  assert.equal(receiver.calls, 0);
  const { feedId } = await create(fileSource(fileId, BadRows.SKIP));
  const feed = await until(feedId, inState(FeedState.FINISHED));
  assert.deepEqual(
    [feed.acknowledgedSequence, feed.skippedRowCount, feed.skippedRows],
    [29, 1, ['row 17: price: not a number: "x"']],
  );
});

const bars = (count: number) =>
  [
    'date,open,high,low,close,volume',
    ...Array.from({ length: count }, (_, i) => {
      const date = new Date(Date.UTC(2000, 0, 1 + i)).toISOString().slice(0, 10);
      return `${date},1,${count},1,${i + 1},5`;
    }),
  ].join('\n');

test('bars are sent as bars, each once through all that breaks, and the feed tells their length', async () => {
  const fileId = await upload(bars(9_000));
  const { feedId } = await create(fileSource(fileId), 20_000);
  await until(feedId, (feed) => feed.acknowledgedSequence > 1_000);
  receiver.breakOff();
  const feed = await until(feedId, inState(FeedState.FINISHED));
  assert.deepEqual([feed.totalCount, feed.acknowledgedSequence], [9_000, 9_000]);
  assert.deepEqual(feed.barLength?.length, { $case: 'unit', value: CalendarUnit.DAY });
  assert.deepEqual(
    receiver.bars,
    Array.from({ length: 9_000 }, (_, i) => i + 1),
  );
  assert.equal(receiver.ticks.length, 0);
});

test('a file is not read in two ways under one symbol', async () => {
  const fileId = await upload(bars(3));
  await create(fileSource(fileId));
  const other = { fileId, assetSymbol: 'A', badRows: BadRows.REFUSE, barLength: undefined };
  await assert.rejects(
    create({ source: { $case: 'file', value: { ...other, timeZone: 'Asia/Tokyo' } } }),
    fails(Status.ALREADY_EXISTS, /another time zone or length/),
  );
  const { feedId } = await create(fileSource(fileId, BadRows.SKIP));
  await until(feedId, inState(FeedState.FINISHED));
});

test('a file whose bars were sent as ticks by an earlier version stays what it was', async () => {
  const finished = await upload(bars(3));
  const half = await upload(bars(4));
  for (const [fileId, state] of [
    [finished, 'finished'],
    [half, 'running'],
  ]) {
    await query(url, 'insert into file values ($1, 1, 86400000000, 12, 0, $2)', [fileId, []]);
    const source = FeedSource.encode(fileSource(fileId as string)).finish();
    await query(
      url,
      `insert into feed (source_name, source, file_id, ticks_per_second, state, reason, acknowledged, created_us)
      values ($1, $2, $3, 0, $4, '', 5, 1)`,
      [`file:${fileId}:A`, Buffer.from(source), fileId, state],
    );
  }
  const sentAgain = await create(fileSource(finished));
  assert.deepEqual([sentAgain.state, sentAgain.totalCount], [FeedState.FINISHED, 12]);
  await trading.close();
  trading = await openTrading(url, folder.path, receiver);
  const { feeds } = await trading.handlers.listFeeds({ pageSize: 0, pageToken: '' }, context);
  const failed = await until(feeds[1]?.feedId ?? '', inState(FeedState.FAILED));
  assert.equal(failed.reason, 'BARS_SENT_AS_TICKS');
  assert.equal((await create(fileSource(half))).state, FeedState.FAILED);
  assert.deepEqual([receiver.ticks.length, receiver.bars.length], [0, 0]);
});

test('a file that is not stored, or is no CSV, is refused', async () => {
  await assert.rejects(create(fileSource('0'.repeat(64))), fails(Status.NOT_FOUND));
  const fileId = await upload('hello\n');
  await assert.rejects(
    create(fileSource(fileId)),
    fails(Status.INVALID_ARGUMENT, /no time column/),
  );
});

test('what breaks the stream costs no tick and doubles none', async () => {
  const { feedId } = await create(generator({ limit: 100_000 }));
  for (let round = 1; round <= 5; round++) {
    await until(feedId, (feed) => feed.acknowledgedSequence >= round * 10_000);
    receiver.breakOff(round % 2 ? Status.UNAVAILABLE : Status.ABORTED);
  }
  const feed = await until(feedId, inState(FeedState.FINISHED));
  assert.equal(feed.acknowledgedSequence, 100_000);
  assertExactly(100_000);
});

test('a feed that may not send waits, says why, and goes on when it may', async () => {
  const { feedId } = await create(generator(), 1_000);
  await until(feedId, (feed) => feed.acknowledgedSequence > 0);
  receiver.refuse(Status.PERMISSION_DENIED);
  const waiting = await until(feedId, inState(FeedState.WAITING));
  assert.equal(waiting.reason, 'RECEIVER_PERMISSION_DENIED');
  assert.equal(waiting.message, 'the receiver answers PERMISSION_DENIED');
  const { calls } = receiver;
  receiver.refuse(undefined);
  const going = await until(feedId, inState(FeedState.RUNNING));
  assert.deepEqual([going.reason, going.message], ['', '']);
  assert.ok(receiver.calls > calls);
  await trading.handlers.stopFeed({ feedId }, context);
  assertExactly(receiver.ticks.length);
});

test('ticks that the receiver refuses for good fail the feed', async () => {
  const { feedId } = await create(generator(), 1_000);
  await until(feedId, (feed) => feed.acknowledgedSequence > 0);
  receiver.refuse(Status.INVALID_ARGUMENT);
  const feed = await until(feedId, inState(FeedState.FAILED));
  assert.equal(feed.reason, 'RECEIVER_INVALID_ARGUMENT');
  receiver.refuse(undefined);
  await create(generator(), 1_000);
  await until(feedId, inState(FeedState.RUNNING));
});

test('a stopped feed has all it sent acknowledged, and can go on', async () => {
  const { feedId } = await create(generator(), 2_000);
  await until(feedId, (feed) => feed.acknowledgedSequence > 100);
  const { feed: stopped } = await trading.handlers.stopFeed({ feedId }, context);
  assert.equal(stopped?.state, FeedState.STOPPED);
  assert.equal(stopped?.acknowledgedSequence, stopped?.sentCount);
  const count = receiver.ticks.length;
  assertExactly(count);
  const { feed: again } = await trading.handlers.stopFeed({ feedId }, context);
  assert.deepEqual(again, stopped);

  await create(generator(), 2_000);
  await until(feedId, (feed) => feed.acknowledgedSequence > count);
  await trading.handlers.stopFeed({ feedId }, context);
  assertExactly(receiver.ticks.length);
});

test('a feed that waits can be stopped at once', async () => {
  receiver.refuse(Status.UNAVAILABLE);
  const { feedId } = await create(generator(), 10);
  await until(feedId, inState(FeedState.WAITING));
  const { feed } = await trading.handlers.stopFeed({ feedId }, context);
  assert.equal(feed?.state, FeedState.STOPPED);
});

test('feeds go on in the next process, from the last acknowledged tick', async () => {
  const { feedId } = await create(generator({ limit: 4_000 }), 4_000);
  await until(feedId, (feed) => feed.acknowledgedSequence > 1_000);
  await trading.close();
  assert.ok(receiver.ticks.length < 4_000);
  trading = await openTrading(url, folder.path, receiver);
  await until(feedId, inState(FeedState.FINISHED));
  assertExactly(4_000);
});

test('a feed whose file has gone fails and says so', async () => {
  receiver.refuse(Status.UNAVAILABLE);
  const { feedId } = await create(fileSource(await upload(csv(rows(10)))));
  await trading.close();
  await rm(folder.path, { recursive: true });
  receiver.refuse(undefined);
  trading = await openTrading(url, folder.path, receiver);
  const feed = await until(feedId, inState(FeedState.FAILED));
  assert.equal(feed.reason, 'FILE_MISSING');
  assert.match(feed.message, /upload it again/);
});

test('a source has one feed; other settings for it are refused', async () => {
  const feed = await create(generator({ limit: 10 }), 5);
  assert.equal((await create(generator({ limit: 10 }), 5)).feedId, feed.feedId);
  assert.equal((await create(generator({ limit: 10, initialPrice: 100 }), 5)).feedId, feed.feedId);
  await assert.rejects(create(generator({ limit: 10 }), 6), fails(Status.ALREADY_EXISTS));
  await assert.rejects(create(generator({ limit: 11 }), 5), fails(Status.ALREADY_EXISTS));
  assert.notEqual((await create(generator({ limit: 10, seed: 2 }), 5)).feedId, feed.feedId);
});

test('trades of an exchange arrive once, under their own numbers', async () => {
  const exchange = await ExchangeServer.start(['BTC-USD']);
  try {
    const value = { url: exchange.url, productId: 'BTC-USD' };
    const { feedId } = await create({ source: { $case: 'exchange', value } });
    await eventually(() => assert.ok(exchange.subscriptions > 0));
    for (const tradeId of [7, 8, 11]) exchange.trade('BTC-USD', { tradeId });
    await until(feedId, (feed) => feed.acknowledgedSequence === 11);
    // Trades that come while the receiver is away wait for it.
    receiver.refuse(Status.UNAVAILABLE);
    exchange.trade('BTC-USD', { tradeId: 12 });
    await until(feedId, inState(FeedState.WAITING));
    exchange.trade('BTC-USD', { tradeId: 13 });
    receiver.refuse(undefined);
    await until(feedId, (feed) => feed.acknowledgedSequence === 13);
    await trading.handlers.stopFeed({ feedId }, context);
    assert.deepEqual(
      receiver.ticks.map(({ symbol, sequence }) => `${symbol} ${sequence}`),
      [7, 8, 11, 12, 13].map((sequence) => `BTC-USD ${sequence}`),
    );
  } finally {
    await exchange.stop();
  }
});

test('an exchange that cannot be reached makes the feed wait', async () => {
  const value = { url: 'ws://127.0.0.1:1', productId: 'BTC-USD' };
  const { feedId } = await create({ source: { $case: 'exchange', value } });
  const feed = await until(feedId, inState(FeedState.WAITING));
  assert.equal(feed.reason, 'EXCHANGE_UNREACHABLE');
  const badUrl = { url: 'http://127.0.0.1', productId: 'BTC-USD' };
  await assert.rejects(
    create({ source: { $case: 'exchange', value: badUrl } }),
    fails(Status.INVALID_ARGUMENT),
  );
});

test('whoever lists feeds learns no token of an exchange, no text of a file and nothing of our networks', async () => {
  const exchange = await ExchangeServer.start([]);
  try {
    const value = { url: `${exchange.url}/feed?token=geheim`, productId: 'BTC-USD' };
    const created = await create({ source: { $case: 'exchange', value } });
    const refused = await until(created.feedId, inState(FeedState.WAITING));
    assert.equal(refused.reason, 'EXCHANGE_SUBSCRIPTION_REFUSED');
    const lines = rows(3);
    lines[1] = '1600000001,geheim,1';
    const skipped = await create(fileSource(await upload(csv(lines)), BadRows.SKIP));
    const finished = await until(skipped.feedId, inState(FeedState.FINISHED));
    assert.match(finished.skippedRows.join(), /geheim/);
    await exchange.stop();
    const unreachable = await until(
      created.feedId,
      ({ reason }) => reason === 'EXCHANGE_UNREACHABLE',
    );
    // A receiver may know addresses of other services.
    receiver.refusal = Status.UNAVAILABLE;
    const unsent = await create(generator());
    await until(unsent.feedId, inState(FeedState.WAITING));

    const { feeds } = await trading.handlers.listFeeds({ pageSize: 0, pageToken: '' }, context);
    assert.equal(feeds.length, 3);
    assert.deepEqual(
      feeds.map(({ skippedRows }) => skippedRows),
      [[], [], []],
    );
    assert.equal(feeds[1]?.skippedRowCount, 1);
    const told = JSON.stringify([created, refused, unreachable, feeds]);
    assert.doesNotMatch(told, /geheim|ECONNREFUSED|not a valid|by the test/);
    assert.ok(told.includes(`"${exchange.url}/feed"`), told);
  } finally {
    await exchange.stop();
  }
});

test('an exchange with a password in its URL, or on our side of the wall, is refused with the field named', async () => {
  await trading.close();
  trading = await openTrading(url, folder.path, receiver, new EgressPolicy());
  const refuse = async (address: string, message: RegExp) => {
    const value = { url: address, productId: 'BTC-USD' };
    const error = await create({ source: { $case: 'exchange', value } }).then(
      () => assert.fail(`${address} is taken`),
      (thrown: RpcError) => thrown,
    );
    assert.equal(error.code, Status.INVALID_ARGUMENT);
    assert.match(error.message, message);
    const [detail] = error.details;
    assert.match(JSON.stringify(detail), /"field":"source.exchange.url"/);
    assert.doesNotMatch(JSON.stringify([error.message, detail]), /geheim/);
  };
  await refuse('wss://user:geheim@exchange.example', /user nor password/);
  await refuse('wss://user@exchange.example', /user nor password/);
  for (const host of ['127.0.0.1', '10.0.0.8', '169.254.169.254', '[::1]', '[fd00::1]', '0x7f.1']) {
    await refuse(`ws://${host}:8500/`, /must not lead to/);
  }
});

test('feeds are listed oldest first, page after page', async () => {
  const ids: string[] = [];
  for (let seed = 1; seed <= 5; seed++) {
    ids.push((await create(generator({ seed, limit: 1 }))).feedId);
  }
  const listed: string[] = [];
  let pageToken = '';
  do {
    const page = await trading.handlers.listFeeds({ pageSize: 2, pageToken }, context);
    listed.push(...page.feeds.map(({ feedId }) => feedId));
    pageToken = page.nextPageToken;
  } while (pageToken);
  assert.deepEqual(listed, ids);
});

test('a watcher hears at most ten times a second, and the end', async () => {
  const { feedId } = await create(generator({ limit: 2_000 }), 4_000);
  const start = performance.now();
  const states: Feed[] = [];
  for await (const { feed } of trading.handlers.watchFeed({ feedId }, context)) {
    if (feed) states.push(feed);
  }
  const seconds = (performance.now() - start) / 1_000;
  assert.equal(states.at(-1)?.state, FeedState.FINISHED);
  assert.ok(states.length <= 10 * seconds + 1, `${states.length} in ${seconds} s`);
  assert.ok(states.length >= 3);
});

test('a watcher who comes again with what he had last is told what is new since, and the same only when all is quiet', async (t) => {
  const { feedId } = await create(generator({ limit: 10 }), 0.001);
  await until(feedId, ({ acknowledgedSequence }) => acknowledgedSequence === 1);
  const watch = async (after?: string) => {
    const request = { feedId, ...(after && { after }) };
    for await (const update of trading.handlers.watchFeed(request, callContext())) return update;
    throw new Error('it ended');
  };
  const { revision, feed } = await watch();
  assert.ok(revision);
  t.mock.timers.enable({ apis: ['setInterval'] });
  let isQuiet = true;
  const again = watch(revision).then((update) => ({ ...update, isQuiet }));
  assert.deepEqual(await watch('another'), { feed, revision });
  await eventually(async () => {
    isQuiet = false;
    t.mock.timers.tick(15_000);
    assert.deepEqual(await Promise.race([again, undefined]), { feed, revision, isQuiet });
  });
});

test('a feed that is not there is not found', async () => {
  for (const feedId of ['999', 'x', '-1', '99999999999999999999']) {
    await assert.rejects(
      trading.handlers.stopFeed({ feedId }, context) as Promise<unknown>,
      fails(Status.NOT_FOUND),
    );
  }
});
