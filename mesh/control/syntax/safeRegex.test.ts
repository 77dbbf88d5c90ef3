import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { getPredicateForStringMatcher } from '@grpc/grpc-js-xds/build/src/route.js';
import { regexProblem, safeRegex } from './safeRegex.ts';

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

  test('what clients would refuse or crash over is named', () => {
    for (const regex of ['(', 'a)(b', '(?=a)', '\\1', '\\Qa', '*']) {
      assert.match(regexProblem(regex) ?? '', /no RE2/, regex);
    }
    for (const regex of ['', 'a|b', '(?i)abc', '[^/]+', '\\d{2,3}', '\\Qa.b\\E']) {
      assert.equal(regexProblem(regex), undefined, regex);
    }
  });
});
