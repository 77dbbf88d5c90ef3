import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { putCallRatio } from './putCallRatio.ts';
import { arbitraryChain } from './testing/arbitraryChain.ts';

test('the put-call ratio is that of the sums over all chains, and null without a call', () => {
  fc.assert(
    fc.property(fc.array(arbitraryChain, { maxLength: 5 }), (chains) => {
      const calls = chains.flatMap((one) => one.calls).reduce((sum, one) => sum + one, 0);
      const puts = chains.flatMap((one) => one.puts).reduce((sum, one) => sum + one, 0);
      assert.equal(putCallRatio(...chains), calls === 0 ? null : puts / calls);
    }),
  );
  assert.equal(putCallRatio({ calls: [0, 0], puts: [10, 0] }), null);
  assert.equal(putCallRatio({ calls: [4, 0], puts: [0, 2] }), 0.5);
});
