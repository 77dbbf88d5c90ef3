import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Contracts } from './Contracts.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The contracts of one file with these messages. */
function contractsOf(messages: string): Contracts {
  const folder = mkdtempSync(join(tmpdir(), 'weft-events-'));
  try {
    writeFileSync(
      join(folder, 'event.proto'),
      `syntax = "proto3"; package one.v1; import "weft/events/v1/event.proto"; ${messages}`,
    );
    const image = join(folder, 'image.binpb');
    writeFileSync(
      join(folder, 'buf.yaml'),
      JSON.stringify({ version: 'v2', modules: [{ path: '.' }] }),
    );
    execFileSync('cp', ['-r', join(root, 'proto/weft'), folder]);
    execFileSync(join(root, 'node_modules/.bin/buf'), ['build', folder, '-o', image]);
    return Contracts.load(image);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const event = (name: string, subject: string, key: string, field = 'string id = 1;') =>
  `message ${name} { option (weft.events.v1.event) = {subject: "${subject}" key: "${key}"}; ${field} }`;

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
  ] as const) {
    assert.throws(() => contractsOf(messages).events, expected);
  }
});
