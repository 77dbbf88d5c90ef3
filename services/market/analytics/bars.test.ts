import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { errorReason, type RpcError, Status } from '@weft/mesh/runtime';
import { type Candle, CandleUnit, ListCandlesRequest } from '@weft/proto/market/v1/analytics';
import type { BarBatch } from '@weft/proto/market/v1/market_data';
import { callContext } from '../../kit/testing/callContext.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { barBatchOf, MONTH, secondsLong, type TestBar, WEEK } from './testing/bars.ts';
import { migrations, openAnalytics, type TestAnalytics } from './testing/openAnalytics.ts';
import { TestSender } from './testing/TestSender.ts';
import { batchOf } from './testing/ticks.ts';

const postgres = usePostgres();
let url: string;
let analytics: TestAnalytics;
beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
  analytics = await openAnalytics(url);
});
afterEach(() => analytics.close());

const context = callContext();

/** Sends batches of one source, and answers what was acknowledged last. */
async function send(source: string, ...batches: BarBatch[]) {
  const sender = new TestSender(analytics.marketData, source);
  for (const batch of batches) {
    sender.sendRequest({ message: { $case: 'bars', value: batch } });
  }
  const last = batches.at(-1) as BarBatch;
  await sender.acknowledged(last.firstSequence + last.open.length - 1);
  sender.halfClose();
  return sender.last;
}

async function sendTick(at: string, price: number, size = 1): Promise<void> {
  const tick = { symbol: 'A', price, size, atUs: Date.parse(at) * 1_000 };
  const sender = new TestSender(analytics.marketData, `tick ${at}`);
  sender.send(batchOf([tick]));
  await sender.acknowledged(1);
}

async function list(request: Partial<ListCandlesRequest> = {}): Promise<Candle[]> {
  const candles: Candle[] = [];
  let pageToken = '';
  do {
    const page = await analytics.queries.listCandles(
      ListCandlesRequest.fromPartial({ assetSymbol: 'A', pageSize: 2, pageToken, ...request }),
      context,
    );
    candles.push(...page.candles);
    pageToken = page.nextPageToken;
  } while (pageToken);
  return candles;
}

/** A candle in short: when it starts, its prices, volume, and of how many pieces it is made. */
function told({ startTime, open, high, low, close, volume, count, barCount }: Candle): string {
  const at = new Date((startTime?.seconds ?? Number.NaN) * 1_000).toISOString().slice(0, 16);
  return [at, open, high, low, close, volume, `${barCount ?? 0}/${count}`].join(' ');
}
const tell = (candles: readonly Candle[]) => candles.map(told);
const hours = (count: number) => ({ seconds: count * 3_600, nanos: 0 });

async function summary() {
  const answer = await analytics.queries.getAssetSummary({ assetSymbol: 'A' }, context);
  assert.ok(answer.summary);
  return answer.summary;
}

const days: TestBar[] = [
  { at: '2024-01-02T05:00:00Z', ohlc: [100, 110, 95, 105], volume: 1_000 },
  { at: '2024-01-03T05:00:00Z', ohlc: [105, 112, 101, 108], volume: 2_000 },
  // A weekend lies between.
  { at: '2024-01-08T05:00:00Z', ohlc: [108, 115, 104, 111], volume: 1_500 },
];
const DAYS = [
  '2024-01-02T05:00 100 110 95 105 1000 1/1',
  '2024-01-03T05:00 105 112 101 108 2000 1/1',
  '2024-01-08T05:00 108 115 104 111 1500 1/1',
];

test('a bar in is the same bar out, wherever its day begins, and no other day has a candle', async () => {
  await send('days', barBatchOf(days));
  assert.deepEqual(tell(await list()), DAYS);
  assert.deepEqual(tell(await list({ unit: CandleUnit.DAY, timeZone: 'Asia/Tokyo' })), DAYS);
});

test('a summary counts each bar as one, its volume once and at the mean of its prices', async () => {
  await send('days', barBatchOf(days));
  const { fromTime, toTime, ...figures } = await summary();
  assert.deepEqual(figures, {
    assetSymbol: 'A',
    count: 3,
    first: 100,
    last: 111,
    high: 115,
    low: 95,
    vwap: (1_000 * 102.5 + 2_000 * 106.5 + 1_500 * 109.5) / 4_500,
    volume: 4_500,
    barCount: 3,
  });
  assert.equal(fromTime?.seconds, Date.parse('2024-01-02T05:00:00Z') / 1_000);
  assert.equal(toTime?.seconds, Date.parse('2024-01-09T05:00:00Z') / 1_000 - 1);
});

test('a file that has grown adds what is new, and says what was there', async () => {
  await send('day 1', barBatchOf(days.slice(0, 2)));
  const again = await send('day 2', barBatchOf(days));
  assert.deepEqual([again?.repeatedBarCount, again?.correctedBarCount], [2, undefined]);
  assert.equal((await summary()).volume, 4_500);
  assert.deepEqual(tell(await list()), DAYS);
});

test('a bar that comes with other figures takes the place of the one before, in sums too', async () => {
  const live: TestBar = { at: '2024-01-08T05:00:00Z', ohlc: [108, 200, 1, 110], volume: 9 };
  await send('live', barBatchOf([...days.slice(0, 2), live]));
  const { revision } = await firstWatched();
  const final = await send('final', barBatchOf(days));
  assert.deepEqual([final?.repeatedBarCount, final?.correctedBarCount], [2, 1]);
  assert.deepEqual(tell(await list()), DAYS);
  const { high, low, last, volume, count, correctedBarCount } = await summary();
  assert.deepEqual(
    [high, low, last, volume, count, correctedBarCount],
    [115, 95, 111, 4_500, 3, 1],
  );
  assert.notEqual((await firstWatched()).revision, revision);
});

async function firstWatched() {
  for await (const response of analytics.queries.watchAsset({ assetSymbol: 'A' }, context)) {
    return response;
  }
  throw new Error('nothing is told');
}

test('one bar twice in one batch counts once', async () => {
  const [first, second] = days as [TestBar, TestBar, TestBar];
  const twice = await send('twice', barBatchOf([first, second, second]));
  assert.equal(twice?.repeatedBarCount, 1);
  assert.equal((await summary()).volume, 3_000);
});

test('figures are the same to the last bit however bars are cut, and after a restart', async () => {
  const many = Array.from({ length: 60 }, (_, i): TestBar => {
    const open = 100 + Math.sin(i) * 3.7;
    const at = new Date(Date.UTC(2024, 0, 1 + i)).toISOString();
    return { at, ohlc: [open, open + 1.1, open - 0.7, open + 0.3], volume: 1 + (i % 7) / 3 };
  });
  await send('whole', barBatchOf(many, { symbol: 'WHOLE' }));
  for (let i = 0; i < many.length; i += 7) {
    const firstSequence = i + 1;
    await send('cut', barBatchOf(many.slice(i, i + 7), { symbol: 'CUT', firstSequence }));
    if (i === 21) {
      await analytics.kill();
      analytics = await openAnalytics(url);
      // What is committed already is passed over.
      await send('cut', barBatchOf(many.slice(0, i + 7), { symbol: 'CUT' }));
    }
  }
  const figuresOf = async (symbol: string) => {
    const { summary } = await analytics.queries.getAssetSummary({ assetSymbol: symbol }, context);
    return { ...summary, assetSymbol: '' };
  };
  assert.deepEqual(await figuresOf('CUT'), await figuresOf('WHOLE'));
});

test('longer candles are made of the bars that start in them: weeks from Monday, months, days of a zone', async () => {
  await send('days', barBatchOf(days));
  assert.deepEqual(tell(await list({ unit: CandleUnit.WEEK })), [
    '2024-01-01T00:00 100 112 95 108 3000 2/2',
    '2024-01-08T00:00 108 115 104 111 1500 1/1',
  ]);
  const newYork = { timeZone: 'America/New_York' };
  assert.deepEqual(tell(await list({ unit: CandleUnit.MONTH, ...newYork })), [
    '2024-01-01T05:00 100 115 95 111 4500 3/3',
  ]);
  assert.deepEqual(tell(await list({ interval: hours(7 * 24), ...newYork })), [
    '2024-01-01T05:00 100 112 95 108 3000 2/2',
    '2024-01-08T05:00 108 115 104 111 1500 1/1',
  ]);
});

test('weeks and months are the bars that came in, also those that begin on no Monday and no first', async () => {
  const weeks: TestBar[] = [
    { at: '2024-08-26T04:00:00Z', ohlc: [15, 16, 10, 11], volume: 10, seconds: 604_800 },
    { at: '2024-09-03T04:00:00Z', ohlc: [11, 12, 9, 10], volume: 20, seconds: 604_800 },
  ];
  await send('weeks', barBatchOf(weeks, { length: WEEK }));
  assert.deepEqual(tell(await list({ interval: hours(7 * 24) })), [
    '2024-08-26T04:00 15 16 10 11 10 1/1',
    '2024-09-03T04:00 11 12 9 10 20 1/1',
  ]);
  const months: TestBar[] = [
    { at: '2024-01-31T00:00:00Z', ohlc: [15, 16, 10, 11], volume: 10 },
    { at: '2024-02-29T00:00:00Z', ohlc: [11, 12, 9, 10], volume: 20 },
  ];
  await send('months', barBatchOf(months, { length: MONTH, symbol: 'M' }));
  assert.deepEqual(tell(await list({ assetSymbol: 'M', unit: CandleUnit.MONTH })), [
    '2024-01-31T00:00 15 16 10 11 10 1/1',
    '2024-02-29T00:00 11 12 9 10 20 1/1',
  ]);
});

test('bars of an hour from half past come out as they are, and make days of their session', async () => {
  const hourly = ['14:30', '15:30', '16:30'].map(
    (time, i): TestBar => ({
      at: `2024-01-02T${time}:00Z`,
      ohlc: [100 + i, 110 + i, 95 + i, 105 + i],
      volume: 10,
      seconds: 3_600,
    }),
  );
  await send('hours', barBatchOf(hourly, { length: secondsLong(3_600) }));
  assert.deepEqual(
    (await list({ interval: hours(1) })).map(({ startTime }) => startTime?.seconds),
    hourly.map(({ at }) => Date.parse(at) / 1_000),
  );
  const newYork = { timeZone: 'America/New_York' };
  assert.deepEqual(tell(await list({ interval: hours(24), ...newYork })), [
    '2024-01-02T05:00 100 112 95 107 30 3/3',
  ]);
  const fromHalfPast = { ...newYork, sessionStart: { seconds: 9.5 * 3_600, nanos: 0 } };
  assert.deepEqual(tell(await list({ interval: hours(2), ...fromHalfPast })), [
    '2024-01-02T14:30 100 111 95 106 20 2/2',
    '2024-01-02T16:30 102 112 97 107 10 1/1',
  ]);
});

test('days of a zone are as long as its clocks make them', async () => {
  // In New York, 2024-03-10 had 23 hours and 2024-11-03 had 25.
  for (const at of ['03-10T04:59', '03-10T05:00', '03-11T03:59', '03-11T04:00', '11-04T04:59']) {
    await sendTick(`2024-${at}:00Z`, 1);
  }
  const newYork = await list({ unit: CandleUnit.DAY, timeZone: 'America/New_York' });
  assert.deepEqual(
    newYork.map((candle) => [told(candle).slice(0, 16), candle.count]),
    [
      ['2024-03-09T05:00', 1],
      ['2024-03-10T05:00', 2],
      ['2024-03-11T04:00', 1],
      ['2024-11-03T04:00', 1],
    ],
  );
});

test('what a bar covers is told by the bar; ticks of other times stand beside it', async () => {
  await send('days', barBatchOf(days.slice(0, 1)));
  await sendTick('2024-01-02T15:00:00Z', 1_000, 7);
  await sendTick('2024-01-04T15:00:00Z', 107, 3);
  assert.deepEqual(tell(await list()), [DAYS[0], '2024-01-04T00:00 107 107 107 107 3 0/1']);
  assert.deepEqual(tell(await list({ unit: CandleUnit.WEEK })), [
    '2024-01-01T00:00 100 110 95 107 1003 1/2',
  ]);
  // Finer than the bar, there are the ticks.
  assert.deepEqual(tell(await list({ interval: hours(1) })), [
    '2024-01-02T15:00 1000 1000 1000 1000 7 0/1',
    '2024-01-04T15:00 107 107 107 107 3 0/1',
  ]);
});

test('start and end choose bars by their own start', async () => {
  await send('days', barBatchOf(days));
  const startTime = { seconds: Date.parse('2024-01-02T05:00:01Z') / 1_000, nanos: 0 };
  const endTime = { seconds: Date.parse('2024-01-08T05:00:00Z') / 1_000, nanos: 0 };
  assert.deepEqual(tell(await list({ startTime, endTime })), [DAYS[1]]);
});

test('what does not fit is refused, and says what does', async () => {
  await send('days', barBatchOf(days));
  const failure = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => assert.fail('it is taken'),
      (thrown: RpcError) => thrown,
    );
    return { code: error.code, reason: errorReason(error), message: error.message };
  };
  assert.deepEqual(await failure(list({ interval: hours(1) })), {
    code: Status.FAILED_PRECONDITION,
    reason: 'INTERVAL_TOO_SHORT',
    message: 'A has bars of a day and no ticks: candles cannot be shorter',
  });
  const hourly = barBatchOf(days, { length: secondsLong(3_600) });
  assert.deepEqual(await failure(send('hours', hourly)), {
    code: Status.FAILED_PRECONDITION,
    reason: 'BAR_LENGTH_OTHER',
    message: 'A has bars of a day: those of 3600 s need a symbol of their own',
  });
  const invalid = async (request: Partial<ListCandlesRequest>, message: RegExp) => {
    const refused = await failure(list(request));
    assert.equal(refused.code, Status.INVALID_ARGUMENT);
    assert.match(refused.message, message);
  };
  await invalid({ interval: hours(24), unit: CandleUnit.DAY }, /^unit: /);
  await invalid({ timeZone: 'Mars/Olympus' }, /^time_zone: /);
  await invalid({ interval: hours(7), timeZone: 'Europe/Berlin' }, /^interval: must divide a day/);
  await invalid({ interval: { seconds: 90, nanos: 0 } }, /^interval: .*minutes/);
  await invalid({ sessionStart: { seconds: 90, nanos: 0 } }, /^session_start: /);
});

const good = barBatchOf(days);
const broken: [string, Partial<BarBatch>, RegExp][] = [
  ['a high below the open', { open: [100, 113, 108] }, /bars\.high\[1\]: is below open/],
  ['a high below the low', { high: [110, 112, 100] }, /bars\.high\[2\]: is below/],
  ['a low above the close', { low: [95, 101, 112] }, /bars\.(low\[2\]: is above|high\[2\])/],
  ['a column too short', { volume: [1, 2] }, /bars\.volume: has 2 entries/],
  ['no length', { length: undefined }, /bars\.length: is missing/],
  [
    'half seconds',
    { length: { length: { $case: 'interval', value: { seconds: 1, nanos: 5e8 } } } },
    /whole seconds/,
  ],
  [
    'a bar after the latest',
    { startAgeUs: [1, 1, 1] },
    /bars\.duration_us\[0\]: ends the bar after/,
  ],
  ['what cannot be summed', { volume: [1, 1e250, 1] }, /bars\.volume\[1\]/],
  ['a time before time', { startAgeUs: [9e15 * 2, 1e12, 1e12] }, /bars\.start_age_us\[0\]/],
];
for (const [what, change, message] of broken) {
  test(`a batch with ${what} is refused as a whole`, async () => {
    const refused = (error: RpcError) =>
      error.code === Status.INVALID_ARGUMENT && message.test(error.message);
    await assert.rejects(send('broken', { ...good, ...change }), refused);
    await assert.rejects(summary(), (error: RpcError) => error.code === Status.NOT_FOUND);
  });
}

test('assets of ticks and of bars are listed together', async () => {
  await send('b', barBatchOf(days, { symbol: 'B' }));
  await sendTick('2024-01-04T15:00:00Z', 107, 3);
  await send('c', barBatchOf(days, { symbol: 'C' }));
  const listed: (string | undefined)[] = [];
  let pageToken = '';
  do {
    const page = await analytics.queries.listAssets({ pageSize: 1, pageToken }, context);
    listed.push(...page.assets.map(({ assetSymbol, count }) => `${assetSymbol} ${count}`));
    pageToken = page.nextPageToken;
  } while (pageToken);
  assert.deepEqual(listed, ['A 1', 'B 3', 'C 3']);
});
