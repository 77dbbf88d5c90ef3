import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { smileVolatility } from './smile.ts';
import { fitSvi, type Svi, sviVariance } from './svi.ts';

const strikes = Array.from({ length: 41 }, (_, i) => (i - 20) / 50);

test('the variances of an SVI give it back, whatever it is', () => {
  const svi: fc.Arbitrary<Svi> = fc.record({
    a: fc.double({ min: 0.001, max: 0.1, noNaN: true }),
    b: fc.double({ min: 0.02, max: 0.9, noNaN: true }),
    rho: fc.double({ min: -0.9, max: 0.9, noNaN: true }),
    m: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
    sigma: fc.double({ min: 0.03, max: 0.6, noNaN: true }),
  });
  fc.assert(
    fc.property(svi, (given) => {
      const variance = strikes.map((k) => sviVariance(given, k));
      const found = fitSvi(strikes, variance);
      assert.ok(found);
      const size = Math.max(...variance);
      assert.ok(found.error < 1e-4 * size, `${found.error} of ${size}`);
      for (const [i, k] of strikes.entries()) {
        const away = Math.abs(sviVariance(found.svi, k) - (variance[i] as number));
        assert.ok(away < 1e-3 * size, `${away} of ${size} at ${k}`);
      }
    }),
    { numRuns: 50 },
  );
});

test('a fit is nearer to noisy quotes than the curve that they were made of', () => {
  const given: Svi = { a: 0.02, b: 0.15, rho: -0.4, m: 0.03, sigma: 0.15 };
  const noise = [3, -5, 1, 4, -2, 0, -4, 5, -1, 2];
  const variance = strikes.map((k, i) => sviVariance(given, k) + (noise[i % 10] as number) * 1e-4);
  const found = fitSvi(strikes, variance);
  const squares = strikes.reduce(
    (sum, k, i) => sum + (sviVariance(given, k) - (variance[i] as number)) ** 2,
    0,
  );
  assert.ok(found && found.error <= Math.sqrt(squares / strikes.length));
  for (const k of strikes) {
    assert.ok(Math.abs(sviVariance(found.svi, k) - sviVariance(given, k)) < 5e-4);
  }
});

test('the smile that prices the market is found again, also with strikes that have no volatility', () => {
  const smile = {
    shortVolatility: 0.2,
    longVolatility: 0.25,
    reversion: 1,
    skew: -0.5,
    curvature: 1,
  };
  const variance = strikes.map((k, i) =>
    i % 7 === 0 ? Number.NaN : smileVolatility(smile, k, 0.5) ** 2 * 0.5,
  );
  const found = fitSvi(strikes, variance);
  assert.ok(found);
  for (const k of strikes) {
    const volatility = Math.sqrt(sviVariance(found.svi, k) / 0.5);
    assert.ok(Math.abs(volatility - smileVolatility(smile, k, 0.5)) < 1e-4, `at ${k}`);
  }
});

test('fewer strikes than parameters have no curve', () => {
  assert.equal(fitSvi([-0.1, 0, 0.1, 0.2], [0.04, 0.03, 0.03, 0.035]), null);
  assert.equal(
    fitSvi(
      strikes,
      strikes.map(() => Number.NaN),
    ),
    null,
  );
});
