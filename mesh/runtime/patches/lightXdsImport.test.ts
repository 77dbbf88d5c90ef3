import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs some lines in a process of their own, after the patch and the import of grpc-js-xds. */
async function afterImport(lines: string): Promise<unknown> {
  const script = `
    import { createRequire } from 'node:module';
    import { applyPatch } from '${import.meta.resolve('./applyPatches.ts')}';
    import { lightXdsImport } from '${import.meta.resolve('./lightXdsImport.ts')}';
    const require = createRequire('${import.meta.url}');
    const library = createRequire(require.resolve('@grpc/grpc-js-xds/package.json'));
    const warnings = [];
    const log = { info() {}, warn: (_, text) => warnings.push(text) };
    const isLoaded = (name) => Object.keys(require.cache).some((file) =>
      file.includes(name) && require.cache[file].children.length + require.cache[file].paths.length > 0);
    await applyPatch(lightXdsImport, { log });
    const xds = require('@grpc/grpc-js-xds');
    xds.register();
    const answer = await (async () => { ${lines} })();
    process.stdout.write(JSON.stringify(answer));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  return JSON.parse(stdout);
}

test('a process that uses xDS parses no protos and loads neither RE2 nor Google before it needs them', async () => {
  const heavy = ['re2-wasm', 'google-auth-library', 'proto-loader', 'protobufjs/src/parse.js'];
  const loaded = `return [${JSON.stringify(heavy)}.filter(isLoaded), warnings];`;
  assert.deepEqual(await afterImport(loaded), [[], []]);
});

test('a regular expression of the control plane is matched by RE2', async () => {
  const matched = await afterImport(`
    const { getPredicateForStringMatcher } = library('./build/src/route.js');
    const { SafeRegexValueMatcher } = library('./build/src/matcher.js');
    const matcher = new SafeRegexValueMatcher('a+');
    let refused = 'no';
    try { new SafeRegexValueMatcher('(?=a)') } catch { refused = 'yes' }
    return [isLoaded('re2-wasm'), matcher.apply('aa'), matcher.apply('b'), refused];
  `);
  assert.deepEqual(matched, [true, true, false, 'yes']);
});

test('a header is compared with a range of numbers as before', async () => {
  const matched = await afterImport(`
    const { RangeValueMatcher } = library('./build/src/matcher.js');
    const matcher = new RangeValueMatcher(1n, 10n);
    return ['5', '-5', '10', 'x5', ''].map((text) => matcher.apply(text));
  `);
  assert.deepEqual(matched, [true, false, false, false, false]);
});

test('protos that are not among those cut down are loaded as before', async () => {
  const names = await afterImport(`
    const { loadProtosWithOptionsSync } = library('@grpc/proto-loader/build/src/util');
    const folder = (name) => require.resolve('@grpc/grpc-js-xds/package.json').replace('package.json', 'deps/' + name);
    const options = { keepCase: true, includeDirs: ['envoy-api', 'xds', 'protoc-gen-validate', 'googleapis'].map(folder) };
    const files = ['envoy/extensions/filters/http/cors/v3/cors.proto'];
    const root = loadProtosWithOptionsSync(files, options);
    const services = library('@grpc/proto-loader').loadSync(files, options);
    return [root.lookup('envoy.extensions.filters.http.cors.v3.CorsPolicy').name, 'envoy.extensions.filters.http.cors.v3.Cors' in services];
  `);
  assert.deepEqual(names, ['CorsPolicy', true]);
});

test('credentials of Google are there when they are asked for', async () => {
  const made = await afterImport(`
    const { createGoogleDefaultCredentials } = library('./build/src/google-default-credentials.js');
    return [createGoogleDefaultCredentials()._isSecure(), isLoaded('google-auth-library')];
  `);
  assert.deepEqual(made, [true, true]);
});
