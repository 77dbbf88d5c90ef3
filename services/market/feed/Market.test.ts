import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChainUpdated, type ExpiryChain } from '@weft/proto/market/v1/option_market';
import { momentOf } from './Market.ts';
import { firstUpdates, productJson, testSettings } from './testing/testMarket.ts';

const bytes = (chain: ChainUpdated) => Buffer.from(ChainUpdated.encode(chain).finish());
const DAY = 390;

test('the same seed makes the same market, bit for bit, and another one another', () => {
  const settings = testSettings();
  const first = firstUpdates(settings, 2 * DAY * 3);
  const second = firstUpdates(settings, 2 * DAY * 3);
  for (const [at, chain] of first.entries()) {
    assert.ok(bytes(chain).equals(bytes(second[at] as ChainUpdated)), `update ${at}`);
  }
  const other = firstUpdates(testSettings({ products: [productJson({ seed: 9 })] }), 10);
  assert.notEqual(other[5]?.underlyingPrice, first.filter(isAlfa)[5]?.underlyingPrice);
});

test('who goes on from any update that was told makes what would have come, bit for bit', () => {
  const settings = testSettings();
  const undisturbed = firstUpdates(settings, 2 * DAY + 60);
  // In the middle of a moment, at its end, at the end of a session, and soon after the next one's beginning.
  for (const told of [1, 2, 37, 2 * DAY - 1, 2 * DAY, 2 * DAY + 3]) {
    const last = new Map<string, ChainUpdated>();
    for (const chain of undisturbed.slice(0, told)) {
      last.set(chain.product, ChainUpdated.decode(bytes(chain)));
    }
    const rest = firstUpdates(settings, 20, 1, last.values());
    for (const [at, chain] of rest.entries()) {
      assert.ok(
        bytes(chain).equals(bytes(undisturbed[told + at] as ChainUpdated)),
        `${told}+${at}`,
      );
    }
  }
});

test('a product moves in its sessions only, and each has its own hours', () => {
  const hours = { zone: 'Europe/Berlin', open: '09:00', close: '17:30', holidays: 'target' };
  const settings = testSettings({
    stepSeconds: 1800,
    start: '2026-04-02',
    products: [productJson(), productJson({ symbol: 'EURO', hours })],
  });
  const updates = firstUpdates(settings, 300);
  const days = new Map<string, string[]>();
  for (const chain of updates) {
    const at = new Date(momentOf(chain)).toISOString();
    days.set(chain.product, [...(days.get(chain.product) ?? []), at]);
  }
  // Good Friday 3 April 2026 closes both, Easter Monday only Frankfurt; New York is four hours behind UTC by then.
  const at = (product: string) => days.get(product) ?? [];
  assert.equal(at('ALFA')[0], '2026-04-02T13:30:00.000Z');
  assert.equal(at('ALFA').filter((each) => each < '2026-04-03').length, 13);
  assert.equal(at('ALFA')[13], '2026-04-06T13:30:00.000Z');
  assert.equal(at('EURO')[0], '2026-04-02T07:00:00.000Z');
  assert.equal(at('EURO')[17], '2026-04-07T07:00:00.000Z');
  const moments = updates.map(momentOf);
  assert.deepEqual(
    moments,
    moments.toSorted((one, other) => one - other),
  );
});

test("the underlying's returns have the drift and the volatility that were asked for", () => {
  const settings = testSettings({
    stepSeconds: 11_700,
    products: [productJson({ drift: 0.3, volatility: 0.25, strikesEachSide: 1 })],
  });
  const updates = firstUpdates(settings, 12_000);
  const year = 365 * 86_400_000;
  const scores: number[] = [];
  for (const [at, chain] of updates.entries()) {
    const before = updates[at - 1];
    if (!before) continue;
    const dt = (momentOf(chain) - momentOf(before)) / year;
    const log = Math.log(chain.underlyingPrice / before.underlyingPrice);
    scores.push((log - (0.3 - 0.25 ** 2 / 2) * dt) / (0.25 * Math.sqrt(dt)));
  }
  const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  // Four standard errors of 12,000.
  assert.ok(Math.abs(mean(scores)) < 4 / Math.sqrt(12_000), `mean ${mean(scores)}`);
  const variance = mean(scores.map((each) => each * each));
  assert.ok(Math.abs(variance - 1) < 4 * Math.sqrt(2 / 12_000), `variance ${variance}`);
  // One update's chance tells nothing of the next one's.
  const products = scores.slice(1).map((each, at) => each * (scores[at] ?? 0));
  assert.ok(Math.abs(mean(products)) < 4 / Math.sqrt(12_000), `correlation ${mean(products)}`);
});

test('each option is quoted around its price, in ticks, and no chain can be arbitraged', () => {
  const updates = firstUpdates(testSettings(), 40).filter(isAlfa);
  for (const chain of updates) {
    for (const expiry of chain.expiries) assertQuotes(expiry, chain.underlyingPrice);
  }
});

function assertQuotes(expiry: ExpiryChain, spot: number): void {
  const { calls, puts, strike, years, forwardPrice } = expiry;
  assert.ok(calls && puts && strike.length > 20);
  assert.ok(years > 0 && forwardPrice > spot);
  for (const columns of [calls, puts]) {
    for (const column of Object.values(columns)) assert.equal(column.length, strike.length);
    for (const [at, bid] of columns.bid.entries()) {
      const ask = columns.ask[at] ?? 0;
      assert.ok(bid >= 0 && ask > bid, `${bid} ${ask}`);
      for (const each of [bid, ask]) {
        assert.equal(each, Math.round(each * 20) / 20, 'no whole tick');
      }
    }
  }
  for (let at = 1; at < strike.length; at += 1) {
    const width = (strike[at] ?? 0) - (strike[at - 1] ?? 0);
    assert.ok(width > 0);
    // A vertical spread costs something and pays its width at most.
    assert.ok((calls.ask[at - 1] ?? 0) >= (calls.bid[at] ?? 0));
    assert.ok((puts.ask[at] ?? 0) >= (puts.bid[at - 1] ?? 0));
    assert.ok((calls.bid[at - 1] ?? 0) - (calls.ask[at] ?? 0) <= width);
    if (at < 2) continue;
    // A butterfly of equal wings costs something.
    if (Math.abs(width - ((strike[at - 1] ?? 0) - (strike[at - 2] ?? 0))) > 1e-9) continue;
    const butterfly =
      (calls.ask[at - 2] ?? 0) - 2 * (calls.bid[at - 1] ?? 0) + (calls.ask[at] ?? 0);
    assert.ok(butterfly >= -1e-9, `butterfly at ${strike[at - 1]}`);
  }
  for (const [at, each] of strike.entries()) {
    // Parity, by mids that may be a tick and the spread off.
    const call = ((calls.bid[at] ?? 0) + (calls.ask[at] ?? 0)) / 2;
    const put = ((puts.bid[at] ?? 0) + (puts.ask[at] ?? 0)) / 2;
    const parity = (forwardPrice - each) * Math.exp(-0.04 * years);
    assert.ok(Math.abs(call - put - parity) < 0.1 + 0.02 * (call + put), `parity at ${each}`);
  }
}

test('volume grows through a session and begins anew; open interest changes between sessions only; expiries roll', () => {
  const updates = firstUpdates(
    testSettings({ products: [productJson()], stepSeconds: 3_900 }),
    6 * 11,
  );
  assert.deepEqual(
    updates[0]?.expiries.map(({ expiry }) => expiry),
    ['2026-01-09', '2026-01-16', '2026-01-23', '2026-02-20', '2026-03-20'],
  );
  const volumeOf = (chain: ChainUpdated) => total(chain, 'volume');
  const openOf = (chain: ChainUpdated) => total(chain, 'openInterest');
  for (const [at, chain] of updates.entries()) {
    const before = updates[at - 1];
    if (!before) continue;
    const isFirst = at % 6 === 0;
    if (isFirst) {
      assert.ok(volumeOf(chain) < volumeOf(before), `volume at ${at}`);
      assert.notEqual(openOf(chain), openOf(before), `open interest at ${at}`);
    } else {
      assert.ok(volumeOf(chain) > volumeOf(before), `volume at ${at}`);
      assert.equal(openOf(chain), openOf(before), `open interest at ${at}`);
    }
  }
  // Nine sessions later two have expired, and as many were listed.
  assert.deepEqual(
    updates[6 * 10]?.expiries.map(({ expiry }) => expiry),
    ['2026-01-23', '2026-01-30', '2026-02-20', '2026-03-20', '2026-04-17'],
  );
  // What expires loses open interest to what comes behind before its day.
  const share = (chain: ChainUpdated, expiry: string) =>
    openOf({ ...chain, expiries: chain.expiries.filter((each) => each.expiry === expiry) }) /
    openOf(chain);
  const [monday, friday] = [updates[0] as ChainUpdated, updates[6 * 4] as ChainUpdated];
  assert.ok(share(friday, '2026-01-09') < share(monday, '2026-01-09'));
  assert.ok(share(friday, '2026-01-16') > share(monday, '2026-01-16'));
});

function total({ expiries }: ChainUpdated, column: 'volume' | 'openInterest'): number {
  return expiries
    .flatMap(({ calls, puts }) => [...(calls?.[column] ?? []), ...(puts?.[column] ?? [])])
    .reduce((sum, each) => sum + each, 0);
}

function isAlfa({ product }: ChainUpdated): boolean {
  return product === 'ALFA';
}
