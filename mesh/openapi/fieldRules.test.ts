import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { fieldRules } from './fieldRules.ts';

test('an id is shown as a UUID of the one form that is taken', () => {
  const { registry } = Contracts.load();
  const rulesOf = (message: string, field: string) => {
    const found = registry.getMessage(message)?.fields.find(({ name }) => name === field);
    assert.ok(found);
    return fieldRules(found);
  };
  const one = rulesOf('testing.v1.Book', 'book_id');
  assert.equal(one.keywords.format, 'uuid');
  assert.match('0199c5a0-7b1e-7cc3-98c4-dc0c0c07398f', new RegExp(one.keywords.pattern ?? '$^'));
  assert.equal(one.isRequired, true);
  assert.deepEqual(
    rulesOf('testing.v1.BatchGetBooksRequest', 'book_ids').items?.keywords,
    one.keywords,
  );
});

test('what a contract gives as an example is one in the document, and no rule', () => {
  const product = Contracts.load()
    .registry.getMessage('market.v1.GetChainRequest')
    ?.fields.find(({ name }) => name === 'product');
  assert.ok(product);
  const { keywords, notes } = fieldRules(product);
  assert.deepEqual([keywords.examples, notes], [['WEFT'], []]);
});
