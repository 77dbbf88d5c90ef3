import assert from 'node:assert/strict';
import { test } from 'node:test';
import { price } from './blackScholes.ts';
import { expectedMove, straddleMove } from './expectedMove.ts';

test('the expected move is a deviation of the forward, and the straddle has its mean', () => {
  const { size, low, high } = expectedMove(100, 0.2, 0.25);
  assert.ok(Math.abs(size - 10) < 1e-12);
  assert.ok(Math.abs(low * high - 10_000) < 1e-9 && Math.abs(high - 110.517) < 0.001);
  const option = {
    spot: 100,
    strike: 100,
    years: 1 / 52,
    rate: 0,
    dividendYield: 0,
    volatility: 0.2,
  };
  const [call, put] = [price({ ...option, kind: 'call' }), price({ ...option, kind: 'put' })];
  const mean = Math.sqrt(2 / Math.PI) * expectedMove(100, 0.2, 1 / 52).size;
  assert.ok(Math.abs(straddleMove(call, put, 1) - mean) < 0.001);
});
