import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePathTemplate } from '@weft/mesh/contracts';
import { toLuaPattern } from './lua.ts';

test('a pattern matches what its template does, and captures one segment', () => {
  for (const [template, captured, pattern] of [
    ['/v1/assets/{asset_symbol}:watch', 2, '^/v1/assets/([^/]+)%:watch$'],
    ['/v1/{asset_symbol}/{other}', 1, '^/v1/([^/]+)/[^/]+$'],
    ['/v1/{asset_symbol=a/*}', undefined, '^/v1/a/[^/]+$'],
  ] as const) {
    assert.equal(toLuaPattern(parsePathTemplate(template), captured), pattern);
  }
});

test('what is magic in a Lua pattern stands for itself', () => {
  assert.equal(toLuaPattern(parsePathTemplate('/v1/market-data')), '^/v1/market%-data$');
  assert.equal(toLuaPattern(parsePathTemplate('/v1.1/{a}:go')), '^/v1%.1/[^/]+%:go$');
  assert.equal(toLuaPattern(parsePathTemplate('/files/{a=**}')), '^/files/.*$');
});
