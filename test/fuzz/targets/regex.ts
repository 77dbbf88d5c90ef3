import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { RE2JS } from 're2js';
import { regexProblem, safeRegex } from '../../../mesh/control/syntax/safeRegex.ts';
import type { FuzzTarget, FuzzTargetPair } from '../FuzzTarget.ts';

const require = createRequire(import.meta.url);
interface Engine {
  new (pattern: string, flags: string): { test(text: string): boolean };
}
/** What it has compiled is never freed, and a heap of 16 MiB is soon full. */
const COMPILED_BY_ONE = 100;

/** A new engine of grpc-js-xds, with a heap of its own. */
function freshEngine(): Engine {
  const own = Object.keys(require.cache).filter((file) => file.includes('/re2-wasm/'));
  for (const file of own) delete require.cache[file];
  return require('re2-wasm').RE2;
}

/** Regular expressions of config entries: what is sent to clients, their engine compiles and understands as we do. */
function regex(problemOf: (regex: string) => string | undefined): FuzzTarget {
  let engine: Engine | undefined;
  let compiled = 0;
  return {
    name: 'regex',
    covers: ['/control/syntax/', '/re2js/'],
    words: [
      ...[
        '(?i)',
        '(?:',
        '(?P<n>',
        '\\p{L}',
        '\\pN',
        '[[:alpha:]]',
        '[^/]+',
        '.*',
        '{2,3}',
        '\\Q',
        '\\E',
      ],
      ...['\\d', '\\b', '\\x{10FFFF}', '\\C', '^', '$', '|', '*?', '(?s:', '\\z', '\\A', '{1000}'],
    ],
    maxLength: 300,

    check(input) {
      const text = Buffer.from(input).toString();
      const problem = problemOf(text);
      if (problem !== undefined) {
        assert.ok(problem.length < 2_000, 'a problem that is longer than anybody reads');
        return ['refused'];
      }
      compiled += 1;
      if (!engine || compiled % COMPILED_BY_ONE === 0) engine = freshEngine();
      const { regex: sent } = safeRegex(text);
      const Engine = engine;
      // One that has failed is not asked again.
      engine = undefined;
      // As grpc-js-xds does.
      const theirs = new Engine(`^${sent}$`, 'u');
      engine = Engine;
      const ours = RE2JS.compile(sent);
      for (const sample of samplesOf(text)) {
        assert.equal(
          theirs.test(sample),
          ours.matches(sample),
          `${text} and ${JSON.stringify(sample)}`,
        );
      }
      return ['taken'];
    },
  };
}

/** Texts that may or may not match: pieces of the expression itself, and what paths look like. */
function samplesOf(regex: string): string[] {
  const letters = regex.replaceAll(/[^A-Za-z0-9/._-]/g, '');
  return ['', 'a', '/a.v1.A/Get', letters, letters.slice(0, 3), 'é', '\n', regex];
}

export const regexTargets: FuzzTargetPair = {
  real: regex(regexProblem),
  // Takes JavaScript's engine for theirs.
  planted: regex((text) => {
    try {
      new RegExp(text, 'u');
      return regexProblem('a');
    } catch {
      return 'no regular expression';
    }
  }),
};
