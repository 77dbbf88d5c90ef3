import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Status } from '@weft/mesh/runtime';
import { OptionRight } from '@weft/proto/market/v1/history';
import type { ChainUpdated, ExpiryChain } from '@weft/proto/market/v1/option_market';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { microsFromTimestamp, timestampFromMicros } from '../../kit/time.ts';
import { firstUpdates, testSettings } from '../feed/testing/testMarket.ts';
import { occSymbol } from '../options/occSymbol.ts';
import { openHistory, type TestHistory } from './testing/openHistory.ts';
import { refusal } from './testing/refusal.ts';
import { wholeRange } from './testing/wholeRange.ts';

const postgres = usePostgres();
/** Of two products, somewhat more than a session each. */
const updates = firstUpdates(testSettings(), 840);
const alfa = updates.filter(({ product }) => product === 'ALFA');
const last = alfa.at(-1) as ChainUpdated;
const [nearest] = last.expiries as [ExpiryChain];
const timeOf = ({ marketTime }: ChainUpdated) => microsFromTimestamp(marketTime as never);
const HOUR_US = 3_600_000_000;

let history: TestHistory;
before(async () => {
  history = await openHistory(await postgres.createDatabase());
  for (let at = 0; at < updates.length; at += 100) {
    await history.store(...updates.slice(at, at + 100));
  }
});
after(() => history?.[Symbol.asyncDispose]());

/** All pages of a list. */
async function pagesOf<Page extends { nextPageToken: string }>(
  read: (pageToken: string) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  let pageToken = '';
  do {
    const page = await read(pageToken);
    pages.push(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return pages;
}

/** The last of those that fall into one bucket, oldest first. */
function lastOfEach(chains: readonly ChainUpdated[], lengthUs: number): ChainUpdated[] {
  return [
    ...new Map(chains.map((chain) => [Math.floor(timeOf(chain) / lengthUs), chain])).values(),
  ];
}

test('a chain is told as it was made, now and as of any time', async () => {
  const now = await history.client.getStoredChain({ product: 'ALFA', asOf: undefined });
  assert.deepEqual(now.chain, last);
  for (const at of [0, 123, 389, 390]) {
    const chain = alfa[at] as ChainUpdated;
    const between = timestampFromMicros(timeOf(chain) + 1);
    const { chain: then } = await history.client.getStoredChain({ product: 'ALFA', asOf: between });
    assert.deepEqual(then, chain);
    const expiry = chain.expiries[1] as ExpiryChain;
    const asked = { product: 'ALFA', expiry: expiry.expiry, asOf: chain.marketTime };
    const { chain: one } = await history.client.getStoredChain(asked);
    assert.deepEqual(one, { ...chain, expiries: [expiry] });
  }
});

test('products are listed with what is kept of them', async () => {
  const pages = await pagesOf((pageToken) =>
    history.client.listStoredProducts({ pageSize: 1, pageToken }),
  );
  const listed = pages.flatMap(({ products }) => products);
  assert.deepEqual(
    listed.map(({ symbol }) => symbol),
    ['ALFA', 'BETA'],
  );
  assert.deepEqual(listed[0], {
    ...{ symbol: 'ALFA', firstTime: alfa[0]?.marketTime, lastTime: last.marketTime },
    ...{ sequence: last.sequence, epoch: 1, underlyingPrice: last.underlyingPrice },
    expiries: last.expiries.map(({ expiry }) => expiry),
  });
});

test('prices of a hundred years come in pages that neither leave out nor repeat one', async () => {
  const pages = await pagesOf((pageToken) =>
    history.client.listUnderlyingPrices({
      ...{ ...wholeRange, product: 'ALFA', pageSize: 99, pageToken },
      startTime: { seconds: -1_000_000_000, nanos: 0 },
      endTime: { seconds: 5_000_000_000, nanos: 0 },
    }),
  );
  assert.equal(pages.length, Math.ceil(alfa.length / 99));
  assert.deepEqual(
    pages.flatMap(({ prices }) => prices),
    alfa.map(({ marketTime, underlyingPrice, underlyingVolume, sequence }) => {
      return { time: marketTime, price: underlyingPrice, volume: underlyingVolume, sequence };
    }),
  );
});

test('bars are what the prices of a range were in each bucket', async () => {
  const within = alfa.slice(7, 400);
  const read = (pageToken: string) =>
    history.client.listUnderlyingPrices({
      ...{
        ...wholeRange,
        product: 'ALFA',
        pageSize: 3,
        pageToken,
        bucket: { seconds: 3_600, nanos: 0 },
      },
      startTime: within[0]?.marketTime,
      endTime: alfa[400]?.marketTime,
    });
  const bars = (await pagesOf(read)).flatMap((page) => page.bars);
  const grouped = Map.groupBy(within, (chain) => Math.floor(timeOf(chain) / HOUR_US));
  const expected = [...grouped].map(([hour, chains]) => {
    const prices = chains.map(({ underlyingPrice }) => underlyingPrice);
    return {
      ...{ startTime: timestampFromMicros(hour * HOUR_US), count: chains.length },
      ...{ open: prices[0], close: prices.at(-1) },
      ...{ high: Math.max(...prices), low: Math.min(...prices) },
      volume: chains.reduce((sum, { underlyingVolume }) => sum + underlyingVolume, 0),
    };
  });
  assert.ok(expected.length > 7);
  assert.deepEqual(bars, expected);
});

test('chains of an expiry come each, or the last of each bucket', async () => {
  const { expiry } = nearest;
  const list = (bucket: number | undefined) =>
    pagesOf((pageToken) =>
      history.client.listStoredChains({
        ...{ ...wholeRange, product: 'ALFA', expiry, pageSize: 150, pageToken },
        bucket: bucket === undefined ? undefined : { seconds: bucket, nanos: 0 },
      }),
    );
  const listed = alfa.flatMap((chain) => {
    const own = chain.expiries.filter((each) => each.expiry === expiry);
    return own.length > 0 ? [{ ...chain, expiries: own }] : [];
  });
  const each = await list(undefined);
  assert.deepEqual(
    each.flatMap(({ chains }) => chains),
    listed,
  );
  assert.deepEqual(
    (await list(900)).flatMap(({ chains }) => chains),
    lastOfEach(listed, HOUR_US / 4),
  );
});

test('an option is found by its symbol, with blanks or without', async () => {
  const { expiry } = nearest;
  const index = 4;
  const strike = nearest.strike[index] as number;
  const symbol = occSymbol({ root: 'ALFA', expiry, kind: 'put', strike });
  const asked = { ...wholeRange, startTime: alfa[300]?.marketTime };
  const padded = await history.client.listOptionQuotes({ ...asked, symbol });
  const compact = await history.client.listOptionQuotes({
    ...{ ...asked, symbol: symbol.replaceAll(' ', '') },
  });
  assert.deepEqual(compact, padded);
  const { quotes, nextPageToken, ...named } = padded;
  assert.deepEqual(named, { symbol, product: 'ALFA', expiry, right: OptionRight.PUT, strike });
  assert.equal(nextPageToken, '');
  assert.equal(quotes.length, alfa.length - 300);
  const puts = nearest.puts as NonNullable<typeof nearest.puts>;
  assert.deepEqual(quotes.at(-1), {
    ...{ time: last.marketTime, underlyingPrice: last.underlyingPrice },
    ...{ bid: puts.bid[index], ask: puts.ask[index], volatility: nearest.volatility[index] },
    ...{ delta: puts.delta[index], gamma: nearest.gamma[index], vega: nearest.vega[index] },
    ...{ theta: puts.theta[index], rho: puts.rho[index] },
    ...{ volume: puts.volume[index], openInterest: puts.openInterest[index] },
  });
  const bucket = { seconds: 3_600, nanos: 0 };
  const hourly = await history.client.listOptionQuotes({ ...asked, symbol, bucket });
  assert.deepEqual(
    hourly.quotes.map(({ time }) => time),
    lastOfEach(alfa.slice(300), HOUR_US).map(({ marketTime }) => marketTime),
  );
});

test('what there is not, and what cannot be meant, is refused by name', async () => {
  const { client } = history;
  const { expiry } = nearest;
  const [start, end] = [last.marketTime, alfa[0]?.marketTime];
  const prices = { ...wholeRange, product: 'ALFA' };
  const symbolOf = (more: { strike?: number; expiry?: string }) =>
    occSymbol({ ...{ root: 'ALFA', kind: 'call', expiry, strike: 100 }, ...more });
  const quotes = (symbol: string) => client.listOptionQuotes({ ...wholeRange, symbol });
  const { NOT_FOUND, INVALID_ARGUMENT } = Status;
  const cases: [() => Promise<unknown>, Status, string?][] = [
    [
      () => client.getStoredChain({ product: 'NONE', asOf: undefined }),
      NOT_FOUND,
      'PRODUCT_UNKNOWN',
    ],
    [
      () => client.listUnderlyingPrices({ ...wholeRange, product: 'NONE' }),
      ...([NOT_FOUND, 'PRODUCT_UNKNOWN'] as const),
    ],
    [
      () => client.listStoredChains({ ...wholeRange, product: 'NONE', expiry }),
      ...([NOT_FOUND, 'PRODUCT_UNKNOWN'] as const),
    ],
    [() => client.getStoredChain({ product: 'alfa', asOf: undefined }), INVALID_ARGUMENT],
    [
      () => client.getStoredChain({ product: 'ALFA', asOf: { seconds: 0, nanos: 0 } }),
      ...([NOT_FOUND, 'CHAIN_NOT_STORED'] as const),
    ],
    [
      () => client.getStoredChain({ product: 'ALFA', expiry: '2026-01-04', asOf: undefined }),
      ...([NOT_FOUND, 'EXPIRY_NOT_LISTED'] as const),
    ],
    [() => quotes(symbolOf({ expiry: '2026-01-04' })), NOT_FOUND, 'EXPIRY_NOT_LISTED'],
    [() => quotes(symbolOf({ strike: 1 })), NOT_FOUND, 'STRIKE_NOT_LISTED'],
    [() => quotes('ALFA 100 call'), INVALID_ARGUMENT, 'OPTION_SYMBOL_INVALID'],
    [() => quotes('ALFA260230C00100000'), INVALID_ARGUMENT, 'OPTION_SYMBOL_INVALID'],
    [
      () => client.listUnderlyingPrices({ ...prices, startTime: start, endTime: end }),
      ...([INVALID_ARGUMENT, 'RANGE_REVERSED'] as const),
    ],
    [
      () => client.listUnderlyingPrices({ ...prices, bucket: { seconds: 0, nanos: 500 } }),
      INVALID_ARGUMENT,
    ],
    [
      () => client.listUnderlyingPrices({ ...prices, bucket: { seconds: 1, nanos: 500 } }),
      INVALID_ARGUMENT,
    ],
    [
      () => client.listUnderlyingPrices({ ...prices, pageToken: 'x' }),
      ...([INVALID_ARGUMENT, 'PAGE_TOKEN_INVALID'] as const),
    ],
  ];
  for (const [ask, code, reason] of cases) {
    assert.deepEqual(await refusal(ask()), [code, reason], `${ask}`);
  }
});
