import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RE2 } from 're2-wasm';
import { regexProblem, safeRegex } from './safeRegex.ts';

/** How grpc-js-xds reads a RegexMatcher. */
const matches = (regex: string, text: string) =>
  new RE2(`^${safeRegex(regex).regex}$`, 'u').test(text);

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
