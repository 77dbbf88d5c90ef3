import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtLeast } from './isAtLeast.ts';

test('the same major version and nothing older', () => {
  assert.equal(isAtLeast('1.22.2', '1.22'), true);
  assert.equal(isAtLeast('1.30.0', '1.22'), true);
  assert.equal(isAtLeast('1.9.9', '1.22'), false);
  assert.equal(isAtLeast('2.0.0', '1.22'), false);
  assert.equal(isAtLeast('18.4', '18'), true);
  assert.equal(isAtLeast('15.18', '18'), false);
  assert.equal(isAtLeast('1.25', '1.25.5'), false);
  assert.equal(isAtLeast('1.26', '1.25.5'), true);
});
