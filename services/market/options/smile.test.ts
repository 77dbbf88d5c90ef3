import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { price } from './blackScholes.ts';
import { checkedSmile, type Smile, smileVolatility } from './smile.ts';

const smile: Smile = {
  shortVolatility: 0.16,
  longVolatility: 0.2,
  reversion: 2,
  skew: -0.6,
  curvature: 1.2,
};
const positive = (max: number) => fc.double({ min: 0.02, max, noNaN: true });
const arbitrarySmile: fc.Arbitrary<Smile> = fc
  .record({
    shortVolatility: positive(1.5),
    longVolatility: positive(1.5),
    reversion: positive(10),
    skew: fc.double({ min: -0.95, max: 0.95, noNaN: true }),
    share: fc.double({ min: 0.05, max: 1, noNaN: true }),
  })
  .map(({ share, ...given }) => {
    const most = 2 / Math.sqrt(1 + Math.abs(given.skew));
    return checkedSmile({ ...given, curvature: share * most * (1 - 1e-12) });
  });

test('low strikes are dearer with a skew below 0, and the money has the volatility of its term', () => {
  assert.ok(smileVolatility(smile, -0.1, 0.1) > smileVolatility(smile, 0, 0.1));
  assert.ok(smileVolatility(smile, 0, 0.1) > smileVolatility(smile, 0.05, 0.1));
  assert.ok(Math.abs(smileVolatility(smile, 0, 1e-6) - 0.16) < 1e-6);
  assert.ok(Math.abs(smileVolatility(smile, 0, 1_000) - 0.2) < 1e-4);
  assert.equal(smileVolatility(smile, 0.5, 0), 0.16);
});

test('no butterfly costs less than nothing, and no later expiry less than an earlier one', () => {
  const point = fc.record({
    k: fc.double({ min: -1.5, max: 1.5, noNaN: true }),
    wing: fc.double({ min: 0.001, max: 0.3, noNaN: true }),
    years: fc.double({ min: 1 / 365, max: 5, noNaN: true }),
    later: fc.double({ min: 0.001, max: 3, noNaN: true }),
  });
  fc.assert(
    fc.property(arbitrarySmile, point, (given, { k, wing, years, later }) => {
      // With a forward of 1 and no rates, what is equal in log moneyness is equal in strike.
      const call = (at: number, until: number) => {
        const volatility = smileVolatility(given, at, until);
        const option = { kind: 'call', spot: 1, rate: 0, dividendYield: 0 } as const;
        return price({ ...option, strike: Math.exp(at), years: until, volatility });
      };
      const [low, middle, high] = [k - wing, k, k + wing].map(Math.exp) as [number, number, number];
      const share = (high - middle) / (high - low);
      const wings = share * call(k - wing, years) + (1 - share) * call(k + wing, years);
      assert.ok(wings - call(k, years) >= -1e-13, `butterfly at ${k}: ${wings - call(k, years)}`);
      const calendar = call(k, years + later) - call(k, years);
      assert.ok(calendar >= -1e-13, `calendar at ${k}: ${calendar}`);
    }),
    { numRuns: 2_000 },
  );
});

test('a surface with arbitrage, and what is no surface, is refused', () => {
  assert.throws(() => checkedSmile({ ...smile, curvature: 1.6 }), /arbitrage/);
  assert.equal(checkedSmile(smile), smile);
  for (const name of ['shortVolatility', 'longVolatility', 'reversion', 'curvature'] as const) {
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => checkedSmile({ ...smile, [name]: value }), new RegExp(name));
    }
  }
  for (const skew of [-1, 1, 2, Number.NaN]) {
    assert.throws(() => checkedSmile({ ...smile, skew }), /skew/);
  }
});
