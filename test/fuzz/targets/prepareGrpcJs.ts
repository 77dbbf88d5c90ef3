/** To be imported before grpc-js-xds, by targets in whose place it stands. */
import { createRequire, Module } from 'node:module';
import { RE2JS } from 're2js';

const require = createRequire(import.meta.url);

// Without it grpc-js-xds refuses each server with intentions.
process.env.GRPC_XDS_EXPERIMENTAL_RBAC = 'true';

/**
 * re2js in the place of the engine that grpc-js-xds matches with, which frees nothing and gives up after some ten thousand
 * expressions. Whether the two agree is for the target "regex" to find out.
 */
class Re2 {
  readonly #compiled: RE2JS;

  constructor(pattern: string | RegExp) {
    this.#compiled = RE2JS.compile(typeof pattern === 'string' ? pattern : pattern.source);
  }

  test(text: string): boolean {
    return this.#compiled.matcher(text).find();
  }
}

const file = require.resolve('re2-wasm');
require.cache[file] = Object.assign(new Module(file), {
  ...{ filename: file, loaded: true, exports: { RE2: Re2 } },
});
