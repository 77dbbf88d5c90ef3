import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sampleInstance } from '../testing/samples.ts';
import { AnswerError } from './AnswerError.ts';
import { parseInstances } from './parseInstances.ts';

interface RawChanges {
  readonly node?: object;
  readonly service?: object;
  readonly checks?: unknown;
}

function raw({ node, service, checks }: RawChanges = {}): object {
  return {
    Node: { Node: 'n1', Address: '10.0.0.9', ...node },
    Service: {
      ID: 'a-1',
      Service: 'a',
      Address: '10.0.0.1',
      Port: 9000,
      Weights: { Passing: 1, Warning: 1 },
      Meta: {},
      Connect: { Native: true },
      ...service,
    },
    Checks: checks ?? [{ Status: 'passing' }],
  };
}
const known = { instances: [sampleInstance()], complaints: [] };

describe('parseInstances', () => {
  test('reads a native instance', () => {
    assert.deepEqual(parseInstances([raw()], undefined), known);
  });

  test("takes the node's address for an instance that has none", () => {
    const [instance] = parseInstances([raw({ service: { Address: '' } })], undefined).instances;
    assert.equal(instance?.address, '10.0.0.9');
  });

  test('the worst check counts, those of the node too, and gives the weight', () => {
    const weights = { service: { Weights: { Passing: 10, Warning: 3 } } };
    const read = (...statuses: string[]) => {
      const checks = statuses.map((Status) => ({ Status }));
      const [instance] = parseInstances([raw({ ...weights, checks })], undefined).instances;
      return [instance?.health, instance?.weight];
    };
    assert.deepEqual(read('passing', 'passing'), ['passing', 10]);
    assert.deepEqual(read('warning', 'passing'), ['warning', 3]);
    assert.deepEqual(read('passing', 'critical', 'warning'), ['critical', 0]);
    assert.deepEqual(read(), ['passing', 10]);
  });

  test('takes sidecars, and leaves gateways out', () => {
    const kind = (Kind: string) => raw({ service: { Kind, Connect: {} } });
    assert.equal(parseInstances([kind('connect-proxy')], undefined).instances[0]?.kind, 'sidecar');
    for (const other of ['terminating-gateway', '']) {
      assert.deepEqual(parseInstances([kind(other)], undefined).instances, []);
    }
  });

  const impossible: Record<string, RawChanges> = {
    'port 0': { service: { Port: 0 } },
    'port 65536': { service: { Port: 65_536 } },
    'a port that is text': { service: { Port: '9000' } },
    'a port that is missing': { service: { Port: undefined } },
    'a hostname': { service: { Address: 'a.example' } },
    'an address of all zeros': { service: { Address: '0.0.0.0' } },
    'an IPv6 address of all zeros': { service: { Address: '::' } },
    'an address that is broken': { service: { Address: '10.0.0.256' } },
    'an address with a zone': { service: { Address: 'fe80::1%eth0' } },
    'an unknown health': { checks: [{ Status: 'splendid' }] },
    'checks that are no list': { checks: 'passing' },
    'a negative weight': { service: { Weights: { Passing: -1, Warning: 1 } } },
  };
  for (const [what, changes] of Object.entries(impossible)) {
    test(`${what}: the instance stays what it was, others are not touched`, () => {
      const other = raw({ service: { ID: 'a-2', Port: 9001 } });
      const read = parseInstances([raw(changes), other], known);
      assert.deepEqual(read.instances, [
        sampleInstance(),
        sampleInstance({ id: 'a-2', port: 9001 }),
      ]);
      assert.equal(read.complaints.length, 1);
      assert.match(read.complaints[0] ?? '', /^a-1 on n1: /);
      assert.deepEqual(parseInstances([raw(changes)], undefined).instances, []);
    });
  }

  test('an answer that does not name its instances is none', () => {
    for (const answer of [null, {}, 'x', [null], [{}], [raw(), { Node: {} }]]) {
      assert.throws(() => parseInstances(answer, known), AnswerError);
    }
  });

  test('whatever is answered, it is read or refused, and only usable addresses come out', () => {
    const junk = fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.integer());
    const key = fc.constantFrom('ID', 'Address', 'Port', 'Weights', 'Meta', 'Connect', 'Kind');
    const mangled = fc
      .tuple(
        fc.dictionary(key, junk),
        junk,
        fc.dictionary(fc.constantFrom('Node', 'Address'), junk),
      )
      .map(([service, checks, node]) => raw({ service, checks, node }));
    const answer = fc.oneof(fc.jsonValue(), fc.array(fc.oneof(mangled, fc.jsonValue())));
    fc.assert(
      fc.property(answer, (value) => {
        try {
          for (const { address, port } of parseInstances(value, known).instances) {
            assert.match(address, /^[0-9a-f:.]+$/i);
            assert.ok(Number.isInteger(port) && port > 0 && port < 65_536);
          }
        } catch (error) {
          assert.ok(error instanceof AnswerError, String(error));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
