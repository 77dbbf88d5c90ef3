import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BarPeriod, type ChainEnriched } from '@weft/proto/market/v1/enriched';
import type { ChainUpdated, ExpiryChain } from '@weft/proto/market/v1/option_market';
import { timestampFromMicros } from '../../../kit/time.ts';
import { makeChain, RECIPES } from '../testing/makeChain.ts';
import { naiveEnrichments, rounded } from '../testing/naiveEnrichments.ts';
import { enrich } from './enrich.ts';
import { workOutChain } from './workOutChain.ts';

function enrichAll(chains: readonly ChainUpdated[]): ChainEnriched[] {
  let before: ChainEnriched | undefined;
  return chains.map((chain) => {
    before = enrich(before, workOutChain(chain));
    return before;
  });
}

test('each chain of some days amounts to what all strikes and all chains before it say, in New York and over the change to summer time in Berlin', () => {
  let [unusual, days] = [0, 0];
  for (const recipe of RECIPES) {
    const chains = Array.from({ length: 120 }, (_, index) => makeChain(recipe, index + 1));
    const enriched = enrichAll(chains);
    assert.deepEqual(enriched.map(rounded), naiveEnrichments(chains).map(rounded));
    const closed = enriched.flatMap(({ bars }) => bars.filter((bar) => bar.closed));
    days += closed.filter(({ length }) => length === BarPeriod.DAY).length;
    unusual += enriched.filter((each) => each.unusual.length > 0).length;
  }
  assert.ok(unusual > 0 && unusual < 240, `${unusual} chains have unusual volume`);
  assert.equal(days, 4 + 3);
});

const expiry = (more: Partial<ExpiryChain> = {}): ExpiryChain => ({
  ...firstExpiry(),
  ...more,
});
function firstExpiry(): ExpiryChain {
  const columns = { bid: [], ask: [], delta: [], theta: [], rho: [] };
  return {
    ...{ expiry: '2026-12-18', kind: 2, expireTime: undefined, years: 0.25, forwardPrice: 100 },
    ...{ strike: [90, 100, 110], volatility: [0.3, 0.2, 0.25], gamma: [], vega: [] },
    calls: { ...columns, volume: [0, 0, 0], openInterest: [0, 0, 0] },
    puts: { ...columns, volume: [5, 900, 0], openInterest: [0, 0, 0] },
  };
}
const chain = (expiries: ExpiryChain[], more: Partial<ChainUpdated> = {}): ChainUpdated => ({
  ...{ product: 'WEFT', epoch: 1, sequence: 1, underlyingPrice: 99, underlyingVolume: 7, expiries },
  ...{ timeZone: 'America/New_York', marketTime: timestampFromMicros(1_770_000_000_000_000) },
  ...more,
});

test('what there is not is absent, and no number that looks like one', () => {
  const metrics = workOutChain(chain([expiry()]));
  assert.equal(metrics.putCallRatioVolume, undefined);
  const [only] = metrics.expiries;
  assert.equal(only?.putCallRatioOpenInterest, undefined);
  assert.equal(only?.maxPain, undefined);
  assert.equal(only?.atmVolatility, 0.2);
  assert.equal(only?.expectedMove, 100 * 0.2 * Math.sqrt(0.25));
  assert.deepEqual(metrics.unusual, [{ symbol: 'WEFT  261218P00100000', volume: 900, usual: 0 }]);
  const outside = workOutChain(chain([expiry({ forwardPrice: 120 })]));
  assert.equal(outside.expiries[0]?.atmVolatility, undefined);
  assert.equal(outside.expiries[0]?.expectedMove, undefined);
  const missing = workOutChain(chain([expiry({ volatility: [0.3, Number.NaN, 0.3] })]));
  assert.ok(Math.abs((missing.expiries[0]?.atmVolatility ?? 0) - 0.3) < 1e-12);
  assert.deepEqual(workOutChain(chain([])).expiries, []);
});

test('a chain that cannot be read is refused, and what is wrong with it is said', () => {
  const refused: [ChainUpdated, RegExp][] = [
    [chain([], { underlyingPrice: Number.NaN }), /chain 1 of "WEFT": underlying_price is NaN/],
    [chain([], { underlyingPrice: -1 }), /underlying_price is -1/],
    [chain([], { marketTime: undefined }), /has no market_time/],
    [chain([expiry({ years: -0.1 })]), /2026-12-18: years is -0.1/],
    [chain([expiry({ forwardPrice: 0 })]), /forward_price is 0/],
    [chain([expiry({ puts: undefined })]), /has no puts/],
    [chain([expiry({ strike: [100, 90, 110] })]), /strikes do not rise: 90 at 1/],
    [chain([expiry({ volatility: [0.2] })]), /volatility has 1 entries for 3 strikes/],
  ];
  for (const [each, message] of refused) assert.throws(() => workOutChain(each), message);
  assert.throws(
    () => enrich(undefined, workOutChain(chain([], { timeZone: 'Mars/Base' }))),
    RangeError,
  );
});
