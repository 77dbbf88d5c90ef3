import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryRegex, arbitraryText, regexDisagreement } from '../testing/regexEngines.ts';
import { regexProblem } from './safeRegex.ts';

/** WEFT_FUZZ=50 tries fifty times as much. */
const numRuns = 1_000 * Number(process.env.WEFT_FUZZ ?? 1);
const texts = fc.array(arbitraryText, { minLength: 1, maxLength: 8 });

test('an expression that is sent is taken by every client, and means the same to each', () => {
  let sent = 0;
  const agrees = fc.property(arbitraryRegex, texts, (regex, some) => {
    if (regexProblem(regex) === undefined) sent += 1;
    assert.equal(regexDisagreement(regex, some), undefined, regex);
  });
  // What re2js takes, and re2-wasm refuses, or escapes once more.
  const examples: [string, string[]][] = [
    ['\\p{Lc}', ['a']],
    ['\\p{Alphabetic}', ['a']],
    ['\\Qa/b\\E', ['a/b']],
  ];
  fc.assert(agrees, { numRuns, examples });
  assert.ok(sent > numRuns / 4, `only ${sent} of ${numRuns} can be sent: the test shows nothing`);
});
