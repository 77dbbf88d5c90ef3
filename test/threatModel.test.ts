import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertNamedTests } from './support/namedTests.ts';

const text = readFileSync(join(import.meta.dirname, '../docs/threat-model.md'), 'utf8');

/** The rows of the tables of promises: what is promised, and what shows it. */
const promises = text.split('\n').flatMap((line) => {
  const [, promise = '', shown = ''] = line.split('|').map((cell) => cell.trim());
  return shown.includes('.test.ts') || shown === 'open' ? [{ promise, shown }] : [];
});

test('each promise of the threat model is shown by a test that there is, or said to be open', () => {
  assert.ok(promises.length > 30, `${promises.length} promises`);
  for (const { promise, shown } of promises) {
    assert.ok(promise, shown);
    assert.ok(assertNamedTests(shown, promise) > 0 || shown === 'open', promise);
  }
});
