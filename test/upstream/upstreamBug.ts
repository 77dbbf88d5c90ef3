import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

export interface UpstreamBug {
  /** The npm package, or the program. */
  readonly library: string;
  /** What it does wrong, in a few words; docs/upstream.md has it under the same. */
  readonly symptom: string;
  /** File that works around it, from the repository's root. */
  readonly workaround: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A test that passes while a bug of a library is there, and says what to remove when a new version no longer has it.
 *
 * @param isThere Reproduces the bug, and answers whether it is still there.
 */
export function upstreamBug(
  { library, symptom, workaround }: UpstreamBug,
  isThere: (t: TestContext) => Promise<boolean> | boolean,
): void {
  test(`${library}: ${symptom}`, async (t) => {
    const file = workaround.split(' ')[0] ?? workaround;
    assert.ok(
      existsSync(`${root}${file}`),
      `${file} is gone: remove this test and its entry in docs`,
    );
    const mended = `mended in ${library} ${versionOf(library)}: remove the workaround in ${workaround}`;
    assert.ok(await isThere(t), mended);
  });
}

function versionOf(library: string): string {
  const file = `${root}node_modules/${library}/package.json`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : '(as installed)';
}
