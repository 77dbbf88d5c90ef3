import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwardVolatilities, volatilityForTerm } from './termStructure.ts';

test('forward volatilities add up to the term structure; a fall of total variance has none', () => {
  const points = [
    { years: 0.25, volatility: 0.2 },
    { years: 0.5, volatility: 0.25 },
    { years: 1, volatility: 0.15 },
  ];
  const [first, second, third] = forwardVolatilities(points);
  assert.deepEqual(first, { fromYears: 0, toYears: 0.25, volatility: 0.2 });
  assert.ok(
    Math.abs((second?.volatility ?? 0) ** 2 * 0.25 + 0.2 ** 2 * 0.25 - 0.25 ** 2 * 0.5) < 1e-12,
  );
  assert.deepEqual(third, { fromYears: 0.5, toYears: 1, volatility: null });
  assert.equal(volatilityForTerm(points, 0.5), 0.25);
  const between = volatilityForTerm(points, 0.375) ?? 0;
  assert.ok(Math.abs(between ** 2 * 0.375 - (0.01 + 0.03125) / 2) < 1e-12);
  assert.equal(volatilityForTerm(points, 0.1), null);
  assert.equal(volatilityForTerm(points, 2), null);
});
