import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultMemory } from './defaultMemory.ts';
import { limits } from './limits.ts';

const GIB = 1024 ** 3;

test('an edge takes a quarter of the machine or of its container, whichever is less', () => {
  assert.equal(defaultMemory(32 * GIB, 0), 8 * GIB);
  assert.equal(defaultMemory(32 * GIB, 16 * GIB), 4 * GIB);
  assert.equal(defaultMemory(32 * GIB, 2 ** 63), 8 * GIB);
});

test('on a small machine it takes what it needs to start', () => {
  assert.equal(defaultMemory(GIB, 0), limits.leastMemoryBytes);
});
