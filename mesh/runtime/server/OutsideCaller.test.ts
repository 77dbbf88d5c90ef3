import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import { outsideCallerOf } from './OutsideCaller.ts';

const from = (service: string) => ({ spiffeId: `spiffe://x/svc/${service}`, service });

function metadata(headers: Record<string, string>): Metadata {
  const made = new Metadata();
  for (const [name, value] of Object.entries(headers)) made.set(name, value);
  return made;
}

test('a service knows the user or the key that the edge has verified', () => {
  const user = metadata({ 'x-weft-caller': 'user:J%C3%BCrgen%20X', 'x-weft-roles': 'a%2Cb,c' });
  assert.deepEqual(outsideCallerOf(from('gateway'), user), {
    kind: 'user',
    name: 'Jürgen X',
    roles: ['a,b', 'c'],
  });
  const key = metadata({ 'x-weft-caller': 'api-key:nightly' });
  assert.deepEqual(outsideCallerOf(from('gateway'), key), {
    kind: 'api-key',
    name: 'nightly',
    roles: [],
  });
});

test('nobody but the edge is believed about who stands outside', () => {
  const claimed = metadata({ 'x-weft-caller': 'user:admin', 'x-weft-roles': 'admin' });
  assert.equal(outsideCallerOf(from('trading'), claimed), undefined);
  assert.equal(outsideCallerOf(undefined, claimed), undefined);
  assert.equal(outsideCallerOf(from('gateway'), metadata({})), undefined);
});
