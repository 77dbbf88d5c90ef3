import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skew } from './skew.ts';
import { volatilityAt } from './volatilityAt.ts';

test('volatility lies between its strikes in variance, passes over those without, and ends with them', () => {
  const k = [-0.2, -0.1, 0, 0.1, 0.2];
  const volatilities = [0.3, 0.25, Number.NaN, 0.2, 0.22];
  assert.equal(volatilityAt(k, volatilities, 0.1), 0.2);
  const middle = volatilityAt(k, volatilities, 0) ?? 0;
  assert.ok(Math.abs(middle ** 2 - (0.25 ** 2 + 0.2 ** 2) / 2) < 1e-12);
  assert.equal(volatilityAt(k, volatilities, 0.21), null);
  assert.equal(volatilityAt(k, volatilities, -0.21), null);
  assert.equal(volatilityAt([], [], 0), null);
  const falling = skew(k, volatilities) ?? 0;
  assert.ok(falling > 0.04 && falling < 0.06, `${falling}`);
  assert.equal(skew(k.slice(1), volatilities.slice(1)), null);
});
