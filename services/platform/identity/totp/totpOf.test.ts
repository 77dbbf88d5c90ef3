import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepOf, totpOf } from './totpOf.ts';

test('codes are those of authenticator apps', () => {
  // RFC 6238, appendix B: the last six of its eight digits, at 59 s and at 1111111109 s.
  const totp = totpOf(Buffer.from('12345678901234567890'));
  assert.equal(totp.generate({ timestamp: 59_000 }), '287082');
  assert.equal(stepOf(totp, '287082', new Date(59_000)), 1);
  assert.equal(stepOf(totp, '081804', new Date(1_111_111_109_000)), 37_037_036);
});

test('a code counts within a step of its time, and no longer', () => {
  const totp = totpOf(Buffer.from('12345678901234567890'));
  const at = (seconds: number) => stepOf(totp, '287082', new Date(seconds * 1_000));
  assert.deepEqual([0, 29, 30, 59, 60, 89, 90].map(at), [1, 1, 1, 1, 1, 1, undefined]);
});
