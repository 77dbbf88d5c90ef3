import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RpcError, Status } from '@weft/mesh/runtime';
import fc from 'fast-check';
import { decodePageToken, encodePageToken } from './pageToken.ts';

const refused = (error: unknown) =>
  error instanceof RpcError && error.code === Status.INVALID_ARGUMENT;

test('a token gives its position back for the same list', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.maxSafeInteger(), (name, text, number) => {
      const list = ['things', name];
      assert.equal(decodePageToken(encodePageToken(list, text), list, 'string'), text);
      assert.equal(decodePageToken(encodePageToken(list, number), list, 'number'), number);
    }),
  );
});

test('an empty token is the first page', () => {
  assert.equal(decodePageToken('', ['things'], 'string'), undefined);
});

test('a token of another list is refused', () => {
  const token = encodePageToken(['things', 'a'], 'x');
  assert.throws(() => decodePageToken(token, ['things', 'b'], 'string'), refused);
});

test('what is no token is refused, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      assert.throws(() => decodePageToken(text, ['things'], 'number'), refused);
    }),
  );
  const token = encodePageToken(['things'], 'x');
  assert.throws(() => decodePageToken(token, ['things'], 'number'), refused);
});
