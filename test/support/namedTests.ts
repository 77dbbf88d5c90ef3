import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
/** How a document names a test: its file and, in quotes, its name. */
const TEST = /`([^`]+\.test\.ts)`(?: "([^"]+)")?/g;

/**
 * Holds that there are all the tests that a text names.
 *
 * @param where What to call the text when one is missing.
 * @returns how many it names.
 */
export function assertNamedTests(text: string, where: string): number {
  const tests = [...text.matchAll(TEST)];
  for (const [, file = '', name] of tests) {
    assert.ok(name, `${where}: ${file} without the name of a test`);
    assert.ok(existsSync(join(root, file)), `${where}: there is no ${file}`);
    assert.ok(hasTest(file, name), `${where}: ${file} has no test "${name}"`);
  }
  return tests.length;
}

/** Whether a file calls `test` with this name. */
function hasTest(file: string, name: string): boolean {
  const source = readFileSync(join(root, file), 'utf8');
  return new RegExp(`\\btest\\(\\s*(['"\`])${RegExp.escape(name)}\\1`).test(source);
}
