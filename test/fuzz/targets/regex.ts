import assert from 'node:assert/strict';
import { RE2JS } from 're2js';
import { regexProblem } from '../../../mesh/control/syntax/safeRegex.ts';
import { regexDisagreement } from '../../../mesh/control/testing/regexEngines.ts';
import type { FuzzTarget, FuzzTargetPair } from '../FuzzTarget.ts';

type ProblemOf = typeof regexProblem;

/** Regular expressions of config entries: what is sent, the engines of clients take, and read alike. */
function regex(problemOf: ProblemOf): FuzzTarget {
  return {
    name: 'regex',
    covers: ['/control/syntax/', '/re2js/'],
    words: [
      ...['(?i)', '(?:', '(?P<n>', '\\p{L}', '\\pN', '[[:alpha:]]', '[^/]+', '.*', '{2,3}', '{9}'],
      ...['\\d', '\\b', '\\x{10FFFF}', '\\x2f', '\\C', '\\Q', '\\E', '^', '$', '|', '*?', '(?s:'],
      ...['\\z', '\\A', '{1000}', '{0}', '[^]', '[]a]', '[a-z]', '(?-i)', '\\/', '/'],
    ],
    maxLength: 1_200,

    check(input) {
      const text = Buffer.from(input).toString();
      const problem = problemOf(text);
      assert.ok((problem ?? '').length < 2_000, 'a problem that is longer than anybody reads');
      assert.equal(regexDisagreement(text, samplesOf(text), problemOf), undefined);
      return [problem === undefined ? 'sent' : problem.replaceAll(/\d+|["`].*/g, '').slice(0, 80)];
    },
  };
}

/** Texts that may or may not match: pieces of the expression itself, and what paths look like. */
function samplesOf(regex: string): string[] {
  const letters = regex.replaceAll(/[^A-Za-z0-9/._-]/g, '');
  const ascii = regex.replaceAll(/[^ -~]/g, '');
  return ['', 'a', 'K', '/a.v1.A/Get', letters, letters.slice(0, 3), ascii];
}

export const regexTargets: FuzzTargetPair = {
  shows: /values to be strictly equal|SyntaxError: Invalid regular expression/,
  real: regex(regexProblem),
  // Takes our own engine for those of all clients.
  planted: regex((text) => {
    if (text.length > 100) return 'too long';
    try {
      RE2JS.compile(text);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }),
};
