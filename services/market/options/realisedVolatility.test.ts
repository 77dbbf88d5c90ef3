import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realisedVolatility } from './realisedVolatility.ts';

test('realised volatility is that of the returns, about zero', () => {
  const up = Math.exp(0.01);
  const prices = [100, 100 * up, 100, 100 * up, 100];
  assert.ok(Math.abs((realisedVolatility(prices, 252) ?? 0) - 0.01 * Math.sqrt(252)) < 1e-12);
  assert.equal(realisedVolatility([100, 100, 100], 252), 0);
  assert.equal(realisedVolatility([100], 252), null);
});
