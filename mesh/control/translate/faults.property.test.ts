import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ABORT_CODES } from '../../consul/index.ts';
import { makeRouteTable } from '../chain/makeRouteTable.ts';
import { refusalByGrpcJs } from '../testing/refusalByGrpcJs.ts';
import { routingEntries } from '../testing/sampleRouting.ts';
import { sampleMethod } from '../testing/samples.ts';
import { AnswerError } from '../watch/AnswerError.ts';
import { parseFaults } from '../watch/parseFaults.ts';
import { clientListener } from './clientListener.ts';

const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(fields, { requiredKeys: [] });
const text = fc.oneof(fc.string(), fc.constantFrom('x-tester', 'on', 'a.*', '(', 'a|b', 'x-bin'));
const percent = fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.jsonValue());
const matches = ['exact', 'prefix', 'suffix', 'regex'].map((kind) =>
  fc.record({ name: text, [kind]: text }),
);
const header = fc.oneof(...matches, fc.record({ name: text, present: fc.constant(true) }));
const fault = record({
  delay: fc.record({
    percent,
    duration: fc.oneof(fc.constantFrom('1s', '0.5ms', '60m', '61m', '1e9s', 's'), fc.jsonValue()),
  }),
  abort: fc.record({ percent, code: fc.constantFrom(...Object.keys(ABORT_CODES), 'OK', 14) }),
  headers: fc.array(header, { maxLength: 2 }),
});
const value = fc.oneof(
  { weight: 4, arbitrary: fault.map((one) => Buffer.from(JSON.stringify(one)).toString('base64')) },
  { weight: 1, arbitrary: fc.oneof(fc.string(), fc.base64String(), fc.constant(null)) },
);

test('whatever stands in the folder of faults is refused, or gRPC takes what is made of it', () => {
  const methods = [sampleMethod({ path: '/a.v1.A/Do' })];
  const { table } = makeRouteTable('a', methods, routingEntries());
  let taken = 0;
  fc.assert(
    fc.property(value, (Value) => {
      const key = { Key: 'weft/faults/a', Value, CreateIndex: 1, ModifyIndex: 1 };
      const read = parseFaults([key], undefined).entries.get('a');
      assert.ok(read?.value === undefined || read.refused === undefined);
      if (!read?.value) return;
      taken += 1;
      assert.equal(refusalByGrpcJs(clientListener('a', table, read.value)), undefined);
    }),
    { numRuns: 500 },
  );
  assert.ok(taken > 0);
});

test('an answer about faults that makes no sense is refused as a whole', () => {
  const key = record({ Key: text, Value: value, CreateIndex: fc.integer(), ModifyIndex: percent });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.array(key)), (answer) => {
      try {
        for (const service of parseFaults(answer, undefined).entries.keys()) assert.ok(service);
      } catch (error) {
        assert.ok(error instanceof AnswerError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
