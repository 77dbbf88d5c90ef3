import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import type { ErrorDetail } from './errorDetails.ts';
import { errorInfo, errorReason, RuntimeReason } from './errorInfo.ts';
import { RpcError } from './RpcError.ts';

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

test('the reason of a failed call is read where there is one, and of no other error', () => {
  const other: ErrorDetail = { type: 'google.rpc.BadRequest', value: { fieldViolations: [] } };
  const failed = new RpcError(Status.ABORTED, 'gone', { details: [other, errorInfo('SOLD_OUT')] });
  assert.equal(errorReason(failed), 'SOLD_OUT');
  assert.equal(errorReason(new RpcError(Status.ABORTED, 'gone', { details: [other] })), undefined);
  assert.equal(errorReason(new Error('SOLD_OUT')), undefined);
});
