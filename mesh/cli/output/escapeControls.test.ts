import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { escapeControls, escapeLine } from './escapeControls.ts';
import { table } from './table.ts';

/** A terminal obeys none of this if it is shown none of it. */
const OBEYED = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u;
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\x1b', '\x9b', '\x9d', '\x07', '\r', '\n', '\t', '\x7f', '\u202e', '\u2067'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

test('nothing that others write is obeyed by the terminal', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const shown = escapeControls(text);
      assert.doesNotMatch(shown, OBEYED);
      assert.equal(stripVTControlCharacters(shown), shown);
      assert.doesNotMatch(escapeLine(text), /[\n\r\t\u2028\u2029]/);
    }),
  );
  assert.equal(escapeControls('a\x1b[31mb\nc'), 'a\\u001b[31mb\nc');
});

test('JSON says the same as before', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const json = JSON.stringify({ [text]: [text] }, undefined, 2);
      assert.deepEqual(JSON.parse(escapeControls(json)), { [text]: [text] });
    }),
  );
});

test('a cell stays in its line and its column, whatever is in it', () => {
  const lines = table(
    ['NAME', 'VERSION'],
    [
      ['a\nforged  1.0', '\x1b[2J2'],
      ['b', '1'],
    ],
  ).split('\n');
  assert.deepEqual(lines, [
    'NAME                VERSION',
    'a\\u000aforged  1.0  \\u001b[2J2',
    'b                   1',
    '',
  ]);
});
