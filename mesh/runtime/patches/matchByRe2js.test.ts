import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs some lines in a process that has loaded grpc-js-xds as the runtime does. */
async function inMesh(lines: string): Promise<unknown> {
  const script = `
    import { createRequire } from 'node:module';
    import { applyPatches } from '${import.meta.resolve('./applyPatches.ts')}';
    const require = createRequire('${import.meta.url}');
    const library = createRequire(require.resolve('@grpc/grpc-js-xds/package.json'));
    const log = { info() {}, warn: (_, text) => { throw new Error(text); } };
    await applyPatches('import', { log });
    const xds = require('@grpc/grpc-js-xds');
    await applyPatches('register', { log });
    const { SafeRegexValueMatcher } = library('./build/src/matcher.js');
    const isLoaded = (name) => Object.values(require.cache).some(({ filename, children }) =>
      filename.includes('/' + name + '/') && children.length > 0);
    const answer = await (async () => { ${lines} })();
    process.stdout.write(JSON.stringify(answer));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  return JSON.parse(stdout);
}

test('a caller outlives any number of updates that carry a regular expression', async () => {
  // re2-wasm is at its end after 87 of them.
  const lines = `
    let matched = 0;
    for (let update = 0; update < 3_000; update += 1) {
      if (new SafeRegexValueMatcher('(?:\\\\pL+)').apply('abc')) matched += 1;
    }
    return matched;
  `;
  assert.equal(await inMesh(lines), 3_000);
});

test('an expression matches the whole text, and one that is none is refused where it is read', async () => {
  const lines = `
    const matcher = new SafeRegexValueMatcher('(?:a|b+)');
    let refused;
    try { new SafeRegexValueMatcher('(?=a)') } catch (error) { refused = error.message }
    return [...['a', 'bb', 'ab', ''].map((text) => matcher.apply(text)), isLoaded('re2-wasm'), refused];
  `;
  const [one, two, three, none, isWasmLoaded, refused] = (await inMesh(lines)) as unknown[];
  assert.deepEqual([one, two, three, none, isWasmLoaded], [true, true, false, false, false]);
  assert.match(String(refused), /error parsing regexp/);
});

test('a hash policy rewrites a header by it', async () => {
  const lines = `
    const { RE2 } = library('re2-wasm');
    return 'order-17/x'.replace(new RE2('order-([0-9]+)/', 'ug'), '$1:');
  `;
  assert.equal(await inMesh(lines), '17:x');
});
