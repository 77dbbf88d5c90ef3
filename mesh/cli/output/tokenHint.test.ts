import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenHint } from './tokenHint.ts';

test('says which token it was that did not do, and never the token', () => {
  assert.match(tokenHint({}), /no token is set/);
  assert.match(tokenHint({ CONSUL_HTTP_TOKEN_FILE: '/a/token' }), /FILE \(\/a\/token\)/);
  const hint = tokenHint({ CONSUL_HTTP_TOKEN: 'of-somebody' });
  assert.match(hint, /the token in CONSUL_HTTP_TOKEN\./);
  assert.doesNotMatch(hint, /of-somebody/);
});
