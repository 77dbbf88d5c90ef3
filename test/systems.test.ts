import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertNamedTests } from './support/namedTests.ts';

const root = join(import.meta.dirname, '..');
/** How many items each system has; they are numbered from 1. */
const ITEMS = { C: 14, E: 12, P: 20, D: 14, S: 18 };

/** The rows of docs/systems.md: an id, and what stands under "test". */
const rows = readFileSync(join(root, 'docs/systems.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, id = ''] = cells;
    return /^[A-Z]\d+$/.test(id) ? [{ id, shown: cells[5] ?? '', columns: cells.length - 2 }] : [];
  });

test('each item of the five systems has one row, and no row is of something else', () => {
  const wanted = Object.entries(ITEMS).flatMap(([system, count]) =>
    Array.from({ length: count }, (_, index) => `${system}${index + 1}`),
  );
  assert.deepEqual(
    rows.map(({ id }) => id),
    wanted,
  );
  for (const { id, columns } of rows) assert.equal(columns, 5, id);
});

test('what a row says is shown is shown by a test that there is; else it is open', () => {
  let named = 0;
  for (const { id, shown } of rows) {
    const count = assertNamedTests(shown, id);
    if (count === 0) assert.equal(shown, 'open', id);
    named += count;
  }
  assert.ok(named > 0);
});
