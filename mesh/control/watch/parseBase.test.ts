import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerError } from './AnswerError.ts';
import { parseCatalog, parseDatacenter, parseTrustDomain } from './parseBase.ts';

test('a trust domain is one that a SPIFFE id can carry', () => {
  const answer = (TrustDomain: unknown) => ({ TrustDomain, Roots: [{}] });
  assert.equal(parseTrustDomain(answer('1111-2222.consul')), '1111-2222.consul');
  for (const wrong of ['', 'a/b', 'spiffe://x', 'a b', '-', 5, null, undefined]) {
    assert.throws(() => parseTrustDomain(answer(wrong)), AnswerError);
  }
  assert.throws(() => parseTrustDomain({ TrustDomain: 'a.consul', Roots: [] }), AnswerError);
});

test('a datacenter is named by the agent', () => {
  assert.equal(parseDatacenter({ Config: { Datacenter: 'dc1' } }), 'dc1');
  for (const wrong of [null, {}, { Config: {} }, { Config: { Datacenter: '' } }]) {
    assert.throws(() => parseDatacenter(wrong), AnswerError);
  }
});

test('a catalog is a list of names', () => {
  assert.deepEqual(parseCatalog({ b: ['tag'], a: [] }), ['a', 'b']);
  for (const wrong of [null, [], { a: 1 }, 'a']) {
    assert.throws(() => parseCatalog(wrong), AnswerError);
  }
});
