import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { getPredicateForStringMatcher } from '@grpc/grpc-js-xds/build/src/route.js';
import { MAX_REGEX_LENGTH, MAX_REGEX_PROGRAM, regexProblem, safeRegex } from './safeRegex.ts';

/** Whether a stock client takes the text for a match. */
function matches(regex: string, text: string): boolean {
  const matcher = { match_pattern: 'safe_regex', safe_regex: safeRegex(regex) };
  return getPredicateForStringMatcher(matcher as never).apply(text);
}

describe('safeRegex', () => {
  test('every alternative must match the whole text', () => {
    assert.equal(matches('/a|/b', '/a'), true);
    assert.equal(matches('/a|/b', '/a/admin'), false);
    assert.equal(matches('/a|/b', '/admin/b'), false);
  });

  test('what a client would refuse, crash over or read otherwise is named', () => {
    const problems: Record<string, RegExp> = {
      // RE2 of some versions has them, and re2-wasm throws, or stops for lack of memory.
      '\\p{Alphabetic}': /not every client takes: .*"\\\\p{Alphabe"/,
      '\\p{Lc}': /not every client takes/,
      '\\pL{500}': /not every client takes/,
      // re2-wasm takes it for `a\/b`.
      '\\Qa/b\\E': /not every client takes/,
      '(?P<name>a)': /not every client takes/,
      é: /not every client takes/,
      '(?=a)': /not every client takes/,
      '\\1': /not every client takes/,
      '(': /no RE2 .*missing closing \)/,
      'a)(b': /no RE2 .*unexpected \)/,
      '*': /no RE2 .*missing argument/,
      'a{1001}': /1009 instructions, and 500 are allowed/,
      'a{2}{3}{400}': /instructions, and 500 are allowed/,
      [`a{${MAX_REGEX_PROGRAM}}`]: /about \d+ instructions, and 500 are allowed/,
      '((a{9}){9}){9}': /about \d+ instructions/,
      [`${'a|'.repeat(MAX_REGEX_LENGTH / 2)}a`]: /of 1001 characters, and 1000 are allowed/,
    };
    for (const [regex, problem] of Object.entries(problems)) {
      assert.match(regexProblem(regex) ?? '', problem, regex);
    }
  });

  test('what one writes for paths and headers can be sent', () => {
    const regexes = [
      ...[
        '',
        'a|b',
        '(?i)abc',
        '[^/]+',
        '\\d{2,3}',
        'v[0-9]+',
        '.*foo.*bar',
        '(a|b)?c*',
        '[\\w.-]+',
      ],
      ...[
        '/market\\.v1\\.\\w+/(Get|List).*',
        '[0-9a-f]{64}',
        '[A-Za-z0-9_-]{1,63}',
        '[[:alpha:]]+',
      ],
      '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}',
    ];
    for (const regex of regexes) assert.equal(regexProblem(regex), undefined, regex);
  });
});
