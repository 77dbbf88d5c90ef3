import assert from 'node:assert/strict';
import { AsyncResource } from 'node:async_hooks';
import { test } from 'node:test';
import { bindLightly } from './bindLightly.ts';

bindLightly();

test('a bound function runs in the scope that it was bound in, with its values and its own this', () => {
  // @types/node leaves out that a method too takes the function's own this.
  const resource = new AsyncResource('test') as AsyncResource & {
    bind(fn: typeof told, self?: unknown): (...values: unknown[]) => unknown;
  };
  const self = { name: 'self' };
  function told(this: unknown, ...values: unknown[]) {
    return [this, ...values];
  }
  assert.deepEqual(resource.bind(told, self)(1, 2), [self, 1, 2]);
  assert.deepEqual(resource.bind(told).call(self as never, 3), [self, 3]);
  assert.deepEqual(AsyncResource.bind(told, 'other', self)(4), [self, 4]);
});
