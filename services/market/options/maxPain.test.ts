import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maxPain } from './maxPain.ts';
import { arbitraryChain } from './testing/arbitraryChain.ts';

test('max pain is the strike that a sum over all options at each strike finds', () => {
  fc.assert(
    fc.property(arbitraryChain, ({ strikes, calls, puts }) => {
      const pains = strikes.map((at) =>
        strikes.reduce(
          (sum, strike, i) =>
            sum +
            (calls[i] as number) * Math.max(at - strike, 0) +
            (puts[i] as number) * Math.max(strike - at, 0),
          0,
        ),
      );
      const payout = Math.min(...pains);
      const isOpen = [...calls, ...puts].some((count) => count > 0);
      const expected = isOpen ? { strike: strikes[pains.indexOf(payout)], payout } : null;
      assert.deepEqual(maxPain(strikes, { calls, puts }), expected);
    }),
    { numRuns: 500 },
  );
});

test('max pain tells calls from puts, and of nothing open there is none', () => {
  const strikes = [90, 100, 110];
  assert.deepEqual(maxPain(strikes, { calls: [0, 0, 7], puts: [0, 0, 0] }), {
    strike: 90,
    payout: 0,
  });
  assert.deepEqual(maxPain(strikes, { calls: [0, 0, 0], puts: [7, 0, 0] }), {
    strike: 90,
    payout: 0,
  });
  assert.deepEqual(maxPain(strikes, { calls: [10, 0, 0], puts: [0, 0, 20] }), {
    strike: 110,
    payout: 200,
  });
  assert.equal(maxPain(strikes, { calls: [0, 0, 0], puts: [0, 0, 0] }), null);
  assert.equal(maxPain([], { calls: [], puts: [] }), null);
});
