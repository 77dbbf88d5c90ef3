import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
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

test('whatever is answered, it is read or refused, and what is read can stand in a SPIFFE id', () => {
  const odd = fc.oneof(
    fc.string(),
    fc.constantFrom('dc1', 'a.consul', 'a/b', ' dc1'),
    fc.jsonValue(),
  );
  const answer = fc.oneof(
    fc.jsonValue(),
    fc.record({ TrustDomain: odd, Roots: fc.array(fc.jsonValue()) }),
    fc.record({ Config: fc.record({ Datacenter: odd }) }),
    fc.dictionary(fc.string(), fc.oneof(fc.array(fc.string()), fc.jsonValue())),
  );
  fc.assert(
    fc.property(answer, (value) => {
      for (const parse of [parseTrustDomain, parseDatacenter, parseCatalog]) {
        try {
          for (const name of [parse(value)].flat()) {
            if (parse !== parseCatalog) assert.match(name, /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/);
          }
        } catch (error) {
          assert.ok(error instanceof AnswerError, String(error));
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
