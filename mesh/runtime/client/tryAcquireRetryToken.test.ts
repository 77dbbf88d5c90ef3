import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RetryThrottler } from '@grpc/grpc-js/build/src/retrying-call.js';
import { tryAcquireRetryToken } from './tryAcquireRetryToken.ts';

const acquire = (call: object) => tryAcquireRetryToken(call as never);

test('a budget pays for each failure until it is half empty', () => {
  const call = { child: { retryThrottler: new RetryThrottler(4, 0.1) } };
  assert.deepEqual([acquire(call), acquire(call), acquire(call)], [true, false, false]);
});

test('a call is not made again where nothing is known of a budget', () => {
  const others = [{ addCallFailed() {} }, { canRetryCall: () => true }, 'budget', null, undefined];
  for (const retryThrottler of others) assert.equal(acquire({ child: { retryThrottler } }), false);
  for (const child of [undefined, null, 1, {}]) assert.equal(acquire({ child }), false);
  assert.equal(acquire({}), false);
});
