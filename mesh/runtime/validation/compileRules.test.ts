import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, type Message } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import { Contracts } from '@weft/mesh/contracts';
import fc from 'fast-check';
import { buildRules, EVERY_RULE } from '../../testing/rules.ts';
import { arbitraryMessage } from '../testing/arbitraryMessage.ts';
import { tsProtoForm } from '../testing/tsProtoForm.ts';
import { compileRules } from './compileRules.ts';
import { NotCompilable } from './NotCompilable.ts';

/** What only protovalidate can check. */
const BEYOND = `
syntax = "proto3";
package beyond;
import "buf/validate/validate.proto";
message WholeMessage {
  option (buf.validate.message).cel = {id: "c", message: "m", expression: "this.a < this.b"};
  double a = 1; double b = 2;
}
message InnerBeyond { WholeMessage x = 1; }
message ListCel {
  repeated double x = 1 [(buf.validate.field).cel = {id: "c", message: "m", expression: "this.size() > 1"}];
}
message MapKeys { map<string, string> x = 1 [(buf.validate.field).map.keys.string.min_len = 1]; }
message OddName { string x__y = 1 [(buf.validate.field).string.min_len = 1]; }
`;

const { registry, types } = buildRules(EVERY_RULE);
const { validate } = createValidator({ registry });

/** Not every value that these allow is passed at once: two NaN are equal to the fast check. */
const CAUTIOUS = new Set(['UniqueDouble']);

for (const type of types) {
  test(`${type.name}: the compiled rules and protovalidate agree`, () => {
    const obeys = compileRules(type, registry, validate) ?? (() => true);
    fc.assert(
      fc.property(arbitraryMessage(type), (message) => {
        const compiled = obeys(tsProtoForm(type, message));
        const valid = validate(type, message).kind === 'valid';
        if (compiled || !CAUTIOUS.has(type.name)) assert.equal(compiled, valid);
      }),
      { numRuns: 400 },
    );
  });
}

test('rules that have no fast form are left to protovalidate', () => {
  const beyond = buildRules(BEYOND);
  const { validate: judge } = createValidator({ registry: beyond.registry });
  assert.equal(beyond.types.length, 5);
  for (const type of beyond.types) {
    assert.throws(() => compileRules(type, beyond.registry, judge), NotCompilable, type.name);
  }
});

const contracts = Contracts.load();
const contractValidate = createValidator({ registry: contracts.registry }).validate;

for (const { path, input } of contracts.methods) {
  test(`${path}: the compiled rules and protovalidate agree`, () => {
    const obeys = compileRules(input, contracts.registry, contractValidate) ?? (() => true);
    fc.assert(
      fc.property(arbitraryMessage(input), (message) => {
        const compiled = obeys(tsProtoForm(input, message));
        assert.equal(compiled, contractValidate(input, message).kind === 'valid');
      }),
      { numRuns: 300 },
    );
  });
}

test('ids are UUIDs of version 7 in one form, as protovalidate has it, without waiting for it', () => {
  const book = contracts.registry.getMessage('testing.v1.Book');
  assert.ok(book);
  const judged = { times: 0 };
  const obeys = compileRules(book, contracts.registry, (...given) => {
    judged.times += 1;
    return contractValidate(...given);
  });
  const id = '0199c5a0-7b1e-7cc3-98c4-dc0c0c07398f';
  for (const [bookId, expected] of [
    [id, true],
    [id.toUpperCase(), false],
    [id.replace('-7cc3', '-4cc3'), false],
    [id.replace('-98c4', '-c8c4'), false],
    [id.replaceAll('-', ''), false],
    [`${id}\n`, false],
    [`{${id}}`, false],
    ['', false],
  ] as const) {
    const message: Message = create(book, { bookId } as Record<string, unknown>);
    assert.equal(contractValidate(book, message).kind === 'valid', expected, bookId);
    assert.equal(obeys?.(tsProtoForm(book, message)), expected, bookId);
  }
  assert.equal(judged.times, 0);
});
