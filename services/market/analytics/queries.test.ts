import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type RpcError, Status } from '@weft/mesh/runtime';
import type { WatchAssetResponse } from '@weft/proto/market/v1/analytics';
import type { WatchMarketResponse } from '@weft/proto/market/v1/market';
import { callContext } from '../../kit/testing/callContext.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { barBatchOf } from './testing/bars.ts';
import { migrations, openAnalytics, type TestAnalytics } from './testing/openAnalytics.ts';
import { TestSender } from './testing/TestSender.ts';
import { batchOf, type Tick } from './testing/ticks.ts';

const postgres = usePostgres();
let analytics: TestAnalytics;
beforeEach(async () => {
  analytics = await openAnalytics(await postgres.createDatabase(migrations));
});
afterEach(() => analytics.close());

const tick = (symbol: string, price = 1, size = 1): Tick => ({
  symbol,
  price,
  size,
  atUs: 1_600_000_000_000_000,
});

async function store(ticks: readonly Tick[], source = 'test'): Promise<void> {
  const sender = new TestSender(analytics.marketData, source);
  sender.send(batchOf(ticks));
  await sender.acknowledged(ticks.length);
  sender.halfClose();
}

const summaryOf = async (symbol: string) =>
  (await analytics.queries.getAssetSummary({ assetSymbol: symbol }, callContext())).summary;

test('the S&P 500 since 2000: figures equal those computed from the file', async () => {
  const data = path.join(
    path.dirname(fileURLToPath(import.meta.resolve('vega-datasets'))),
    '../data',
  );
  const rows = (await readFile(path.join(data, 'sp500-2000.csv'), 'utf8'))
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const bars = rows.map(([date, open, high, low, close, , volume]) => ({
    at: `${date}T00:00:00Z`,
    ohlc: [Number(open), Number(high), Number(low), Number(close)] as const,
    volume: Number(volume),
  }));
  const sender = new TestSender(analytics.marketData, 'test');
  const value = barBatchOf(bars, { symbol: 'SP500' });
  sender.sendRequest({ message: { $case: 'bars', value } });
  await sender.acknowledged(bars.length);
  sender.halfClose();

  let turnover = 0;
  let volume = 0;
  for (const { ohlc, volume: traded } of bars) {
    turnover += traded * ((ohlc[0] + ohlc[1] + ohlc[2] + ohlc[3]) / 4);
    volume += traded;
  }
  assert.deepEqual(await summaryOf('SP500'), {
    assetSymbol: 'SP500',
    count: rows.length,
    barCount: rows.length,
    first: Number(rows.at(0)?.[1]),
    last: Number(rows.at(-1)?.[4]),
    high: Math.max(...rows.map((row) => Number(row[2]))),
    low: Math.min(...rows.map((row) => Number(row[3]))),
    vwap: turnover / volume,
    volume,
    fromTime: { seconds: Date.UTC(2000, 0, 3) / 1000, nanos: 0 },
    toTime: { seconds: Date.UTC(2020, 3, 18) / 1000 - 1, nanos: 999_999_000 },
  });
});

test('an asset without volume has a VWAP of 0', async () => {
  await store([tick('A', 5, 0)]);
  assert.equal((await summaryOf('A'))?.vwap, 0);
});

test('a symbol that no tick has named is not found', async () => {
  await assert.rejects(summaryOf('NONE'), ({ code }: RpcError) => code === Status.NOT_FOUND);
});

test('assets are listed by symbol, page after page', async () => {
  await store(['b', 'B', 'a', 'C', 'A'].map((symbol) => tick(symbol)));
  const listed: string[] = [];
  let pageToken = '';
  do {
    const page = await analytics.queries.listAssets({ pageSize: 2, pageToken }, callContext());
    listed.push(...page.assets.map(({ assetSymbol }) => assetSymbol));
    pageToken = page.nextPageToken;
  } while (pageToken);
  assert.deepEqual(listed, ['A', 'B', 'C', 'a', 'b']);
});

test('a watcher sees the summary now and after each commit, until it leaves', async () => {
  await store([tick('A')]);
  const leave = new AbortController();
  const responses = analytics.queries.watchAsset({ assetSymbol: 'A' }, callContext(leave.signal));
  const watching = responses[Symbol.asyncIterator]();
  assert.equal((await watching.next()).value.summary.count, 1);
  await store([tick('A', 2)], 'other');
  assert.equal((await watching.next()).value.summary.last, 2);
  const last = watching.next();
  leave.abort();
  assert.equal((await last).done, true);
});

test('a watcher who comes again with what he had last is told what is new since, and the same only when all is quiet', async (t) => {
  const watch = async (after?: string) => {
    const leave = new AbortController();
    const request = { assetSymbol: 'A', ...(after && { after }) };
    const responses = analytics.queries.watchAsset(request, callContext(leave.signal));
    const next = responses[Symbol.asyncIterator]().next();
    return { leave, next: next.then(({ value }) => value as WatchAssetResponse) };
  };
  await store([tick('A')], 'before');
  const { revision } = await (await watch()).next;
  assert.ok(revision);
  await store([tick('A', 3)], 'meanwhile');
  const missed = await (await watch(revision)).next;
  assert.equal(missed.summary?.last, 3);
  t.mock.timers.enable({ apis: ['setInterval'] });
  const up = await watch(missed.revision);
  await setImmediate();
  t.mock.timers.tick(15_000);
  assert.deepEqual(await up.next, missed);
});

test('a watcher of a symbol without ticks waits for the first', async () => {
  const responses = analytics.queries.watchAsset({ assetSymbol: 'NEW' }, callContext());
  const first = responses[Symbol.asyncIterator]().next();
  await store([tick('NEW', 9)]);
  const { value } = (await first) as IteratorYieldResult<WatchAssetResponse>;
  assert.equal(value.summary?.last, 9);
});

test('who watches the market sees all of it, the newest assets first, and what has come while he was away', async () => {
  const names = Array.from({ length: 25 }, (_, index) => `A${index}`);
  await store(names.map((symbol, index) => ({ ...tick(symbol), atUs: tick('').atUs + index })));
  const next = async (after?: string) => {
    const leave = new AbortController();
    const { value } = await analytics.market.watch(leave.signal, after).next();
    leave.abort();
    return value as WatchMarketResponse;
  };
  const market = await next();
  assert.deepEqual([market.assetCount, market.tickCount, market.revision], [25, 25, '25']);
  assert.deepEqual(
    market.latest.map(({ assetSymbol }) => assetSymbol),
    names.toReversed().slice(0, 20),
  );
  const waiting = next(market.revision);
  await store([{ ...tick('A0', 3), atUs: tick('').atUs + 1_000 }], 'later');
  const later = await waiting;
  assert.deepEqual([later.assetCount, later.tickCount], [25, 26]);
  assert.deepEqual([later.latest[0]?.assetSymbol, later.latest[0]?.last], ['A0', 3]);
});

test('everything is there again after a restart', async () => {
  const url = await postgres.createDatabase(migrations);
  const before = await openAnalytics(url);
  const request = { assetSymbol: 'A', price: 0.1, timestamp: { seconds: 1_600_000_000, nanos: 0 } };
  await before.marketData.sendMarketData(request, callContext());
  const kept = await before.queries.getAssetSummary({ assetSymbol: 'A' }, callContext());
  await before.close();
  const again = await openAnalytics(url);
  try {
    const found = await again.queries.getAssetSummary({ assetSymbol: 'A' }, callContext());
    assert.deepEqual(found, kept);
  } finally {
    await again.close();
  }
});
