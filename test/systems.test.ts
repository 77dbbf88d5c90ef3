import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
/** How many items each system has; they are numbered from 1. */
const ITEMS = { C: 14, E: 12, P: 20, D: 14, S: 18 };
const TEST = /`([^`]+\.test\.ts)`(?: "([^"]+)")?/g;

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
    const tests = [...shown.matchAll(TEST)];
    if (tests.length === 0) assert.equal(shown, 'open', id);
    for (const [, file = '', name] of tests) {
      assert.ok(name, `${id}: ${file} without the name of a test`);
      assert.ok(existsSync(join(root, file)), `${id}: there is no ${file}`);
      assert.ok(hasTest(file, name), `${id}: ${file} has no test "${name}"`);
      named += 1;
    }
  }
  assert.ok(named > 0);
});

/** Whether a file calls `test` with this name. */
function hasTest(file: string, name: string): boolean {
  const source = readFileSync(join(root, file), 'utf8');
  const escaped = RegExp.escape(name);
  return new RegExp(`\\btest\\(\\s*(['"\`])${escaped}\\1`).test(source);
}
