import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from './Contracts.ts';
import { contractsOf } from './testing/contractsOf.ts';

const event = (name: string, subject: string, key: string, field = 'string id = 1;', more = '') =>
  `message ${name} { option (weft.events.v1.event) = {subject: "${subject}" key: "${key}" ${more}}; ${field} }`;
const streamed = (name: string, subject: string, stream: string) =>
  event(name, subject, 'id', undefined, `stream: {${stream}}`);

test('an event says who publishes it and what it has happened to', () => {
  const { events } = Contracts.load();
  const deposited = events.get('testing.v1.Deposited');
  assert.equal(deposited?.publisher, 'testing-ledger');
  assert.equal(deposited.subject, 'testing-ledger.deposited');
  assert.equal(deposited.key.localName, 'account');
});

test('an event that nobody could order or tell from another is refused by name', () => {
  for (const [messages, expected] of [
    [event('A', 'order', 'id'), /one\.v1\.A: subject "order" is none/],
    [event('A', 'order.*', 'id'), /one\.v1\.A: subject/],
    [event('A', 'order.created', 'no'), /one\.v1\.A: key "no"/],
    [event('A', 'order.created', 'id', 'repeated string id = 1;'), /one\.v1\.A: key "id"/],
    [event('A', 'order.created', 'id', 'double id = 1;'), /one\.v1\.A: key "id"/],
    [
      event('A', 'order.created', 'id') + event('B', 'order.created', 'id'),
      /subject "order\.created" is that of one\.v1\.A/,
    ],
    [streamed('A', 'order.created', 'max_bytes: 1000'), /one\.v1\.A: stream has no max_age/],
    [
      event('A', 'order.created', 'id') +
        streamed('B', 'order.updated', 'max_age: {seconds: 60} max_bytes: 1000'),
      /one\.v1\.B: stream is another one/,
    ],
  ] as const) {
    assert.throws(() => contractsOf(messages).events, expected);
  }
});

test('a publisher that writes its stream itself says how long that keeps events, and how many bytes of them', () => {
  const { events } = contractsOf(
    streamed('A', 'order.created', 'max_age: {seconds: 60} max_bytes: 1000') +
      event('B', 'other.created', 'id'),
  );
  assert.deepEqual(events.get('one.v1.A')?.stream, {
    ...{ maxAgeMs: 60_000, maxBytes: 1_000, partitions: 4 },
  });
  assert.equal(events.get('one.v1.B')?.stream, undefined);
});
