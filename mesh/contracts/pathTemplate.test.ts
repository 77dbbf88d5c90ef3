import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byPrecedence, parsePathTemplate, segmentOf } from './pathTemplate.ts';

test('a template is its segments and its verb', () => {
  for (const [template, segments, verb] of [
    ['/v1/assets', ['v1', 'assets'], undefined],
    ['/v1/assets/{asset_symbol}:watch', ['v1', 'assets', '*'], 'watch'],
    ['/v1/{name=shelves/*/books/*}', ['v1', 'shelves', '*', 'books', '*'], undefined],
    ['/v1/{name=files/**}:read', ['v1', 'files', '**'], 'read'],
    ['/v1/{order.id}', ['v1', '*'], undefined],
  ] as const) {
    assert.deepEqual(parsePathTemplate(template), { segments: [...segments], verb });
  }
});

test('the narrower template comes first', () => {
  const templates = ['/v1/**', '/v1/*', '/v1/*/b', '/v1/a', '/v1/a/b', '/v1/*:go'];
  const ordered = templates
    .map((template) => ({ template, ...parsePathTemplate(template) }))
    .sort(byPrecedence)
    .map(({ template }) => template);
  assert.deepEqual(ordered, ['/v1/*:go', '/v1/a', '/v1/a/b', '/v1/*', '/v1/*/b', '/v1/**']);
});

test('a variable of one segment is found where it stands', () => {
  for (const [template, index] of [
    ['/v1/assets/{asset_symbol}:watch', 2],
    ['/v1/{asset_symbol}/{other}', 1],
    ['/v1/{asset_symbol=a/*}', undefined],
    ['/v1/assets', undefined],
  ] as const) {
    assert.equal(segmentOf(template, 'asset_symbol'), index);
  }
});
