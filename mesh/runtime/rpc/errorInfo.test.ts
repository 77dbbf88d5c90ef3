import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorInfo, RuntimeReason } from './errorInfo.ts';

test('a reason that other libraries would not take for one is refused where it is written', () => {
  for (const reason of [
    '',
    'out_of_stock',
    'OutOfStock',
    'OUT-OF-STOCK',
    'A_',
    '_A',
    'A'.repeat(64),
  ]) {
    assert.throws(() => errorInfo(reason), TypeError, reason);
  }
  assert.deepEqual(errorInfo('OUT_OF_STOCK', { left: '0' }), {
    type: 'google.rpc.ErrorInfo',
    value: { reason: 'OUT_OF_STOCK', domain: 'weft', metadata: { left: '0' } },
  });
});

test("the runtime's own reasons have that form, and are what they are called", () => {
  for (const [name, reason] of Object.entries(RuntimeReason)) {
    assert.equal(name, reason);
    errorInfo(reason);
  }
});
