import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { type Patch, UnexpectedShape } from './Patch.ts';

const require = createRequire(import.meta.url);

/**
 * Has grpc-js-xds match regular expressions by re2js. Its own re2-wasm frees none that it has ever made: its memory of 16 MiB
 * is full after some thousands of updates that carry one, or a hundred with a class of Unicode, and then each further one
 * throws. What re2js makes is collected like any other object. It takes linear time too, and the control plane has read each
 * expression by it before.
 */
export const matchByRe2js: Patch<{ readonly re2: object }> = {
  name: 'matchByRe2js',
  stage: 'register',
  touches: '@grpc/grpc-js-xds: what its modules require as re2-wasm',
  without:
    'updates that carry regular expressions end the process when there have been some thousands',
  upstream: 'docs/upstream.md#matchbyre2js',
  targets: () => {
    const library = createRequire(require.resolve('@grpc/grpc-js-xds/package.json'));
    return { re2: library('re2-wasm') as object };
  },
  apply({ re2 }) {
    const module: { RE2?: unknown } = re2;
    if (typeof module.RE2 !== 'function') throw new UnexpectedShape('re2-wasm exports no RE2');
    module.RE2 = Regex;
  },
};

/** What grpc-js-xds uses of re2-wasm's RE2. */
class Regex {
  readonly #regex: RE2JS;

  /** @throws when the pattern is none of RE2. */
  constructor(pattern: string) {
    this.#regex = (require('re2js') as typeof import('re2js')).RE2JS.compile(pattern);
  }

  test(text: string): boolean {
    return this.#regex.test(text);
  }

  /** For String.prototype.replace(), by which a hash policy rewrites a header: all that match. */
  [Symbol.replace](text: string, replacement: string): string {
    return this.#regex.matcher(text).replaceAll(replacement);
  }

  toString(): string {
    return this.#regex.toString();
  }
}
