import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smileVolatility } from './smile.ts';
import { fitSvi, type Svi, sviVariance } from './svi.ts';
import { butterflyArbitrage, calendarArbitrage, densityFactor } from './sviArbitrage.ts';

/** Of Axel Vogt: its variance is above 0 everywhere, and its density is not. */
const vogt: Svi = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };
const strikes = Array.from({ length: 41 }, (_, i) => (i - 20) / 25);

test("Vogt's smile is flagged, though none of its variances is below 0", () => {
  const lowest = Math.min(...strikes.map((k) => sviVariance(vogt, k)));
  assert.ok(lowest > 0, `${lowest}`);
  const found = butterflyArbitrage(vogt);
  assert.ok(found?.kind === 'negative-density');
  assert.ok(Math.abs(found.logMoneyness - 0.88) < 0.02, `${found.logMoneyness}`);
  assert.ok(Math.abs(found.value - -0.033) < 0.0005, `${found.value}`);
});

test('a fit to quotes with arbitrage has it, too: nothing is smoothed away', () => {
  const fit = fitSvi(
    strikes,
    strikes.map((k) => sviVariance(vogt, k)),
  );
  assert.equal(fit && butterflyArbitrage(fit.svi)?.kind, 'negative-density');
});

test('negative variances and steep wings are flagged as what they are', () => {
  const flat: Svi = { a: 0.04, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 };
  assert.equal(butterflyArbitrage(flat), null);
  const negative = butterflyArbitrage({ ...flat, a: -0.03 });
  assert.ok(negative?.kind === 'negative-variance' && negative.value < 0);
  const steep = butterflyArbitrage({ ...flat, b: 1.6 });
  assert.deepEqual(steep, {
    kind: 'steep-wing',
    logMoneyness: Number.NEGATIVE_INFINITY,
    value: 1.6 * 1.3,
  });
});

test("g is what the density is made of: it has the sign of the call price's second derivative", () => {
  for (const k of [-0.5, 0, 0.5, 0.88, 1.2]) {
    const h = 1e-4;
    const w = [-h, 0, h].map((shift) => sviVariance(vogt, k + shift)) as [number, number, number];
    const slope = (w[2] - w[0]) / (2 * h);
    const bend = (w[2] - 2 * w[1] + w[0]) / (h * h);
    const g = (1 - (k * slope) / (2 * w[1])) ** 2 - (slope ** 2 / 4) * (1 / w[1] + 0.25) + bend / 2;
    assert.ok(Math.abs(g - densityFactor(vogt, k)) < 1e-5, `${g} at ${k}`);
  }
});

test('a later expiry with less variance is flagged, where it is worst, and the market itself is not', () => {
  const smile = {
    shortVolatility: 0.2,
    longVolatility: 0.25,
    reversion: 1,
    skew: -0.5,
    curvature: 1,
  };
  const at = (years: number) => {
    const fit = fitSvi(
      strikes,
      strikes.map((k) => smileVolatility(smile, k, years) ** 2 * years),
    );
    assert.ok(fit);
    return fit.svi;
  };
  const [near, far] = [at(0.25), at(0.5)];
  assert.equal(calendarArbitrage(near, far), null);
  assert.ok(calendarArbitrage(far, near));
  const crossed: Svi = { a: 0.02, b: 0.02, rho: 0, m: 0, sigma: 0.1 };
  const steeper: Svi = { a: 0.01, b: 0.2, rho: 0, m: 0, sigma: 0.1 };
  assert.equal(calendarArbitrage(crossed, { ...crossed, a: 0.021 }), null);
  const found = calendarArbitrage(crossed, { ...steeper, a: 0 });
  assert.ok(found && Math.abs(found.logMoneyness) < 0.01, `${found?.logMoneyness}`);
  assert.ok(Math.abs(found.value - -0.002) < 1e-6, `${found.value}`);
});
