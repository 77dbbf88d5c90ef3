import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalCdf } from './normal.ts';

test('the normal distribution has fifteen digits, in the middle, at the seams and far out', () => {
  // By mpmath with 40 digits.
  const known: [number, number][] = [
    [-37.5, 4.605353009581955e-308],
    [-20.25, 1.77619986494957e-91],
    [-8.0, 6.220960574271784e-16],
    [-5.7, 5.990371401063528e-9],
    [-5.65, 8.022391850663497e-9],
    [-3.0, 0.0013498980316300946],
    [-1.5, 0.06680720126885807],
    [-0.7, 0.24196365222307303],
    [-0.66, 0.25462691467133614],
    [-0.5, 0.3085375387259869],
    [-0.001, 0.49960105778608893],
    [1e-17, 0.5],
    [0.0, 0.5],
    [0.25, 0.5987063256829237],
    [0.6629, 0.7463026991317633],
    [1.0, 0.8413447460685429],
    [1.959963984540054, 0.975],
    [4.0, 0.9999683287581669],
    [8.0, 0.9999999999999993],
  ];
  for (const [x, expected] of known) {
    const away = Math.abs(normalCdf(x) - expected);
    assert.ok(away <= 1e-15 * Math.max(1, 0.2 * x * x) * expected, `${x}: ${away} of ${expected}`);
  }
  assert.equal(normalCdf(Number.NEGATIVE_INFINITY), 0);
  assert.equal(normalCdf(Number.POSITIVE_INFINITY), 1);
  assert.ok(Number.isNaN(normalCdf(Number.NaN)));
});
