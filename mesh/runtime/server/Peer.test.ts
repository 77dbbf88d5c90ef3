import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerCertificate } from 'node:tls';
import { peerOf } from './Peer.ts';

const TRUST = 'spiffe://6e0f.consul/ns/default/dc/dc1/svc';
const peer = (subjectaltname: string) =>
  peerOf({ sslPeerCertificate: { subjectaltname } as PeerCertificate });

test('a caller is known by the service in its id', () => {
  const trading = { spiffeId: `${TRUST}/trading`, service: 'trading' };
  assert.deepEqual(peer(`URI:${TRUST}/trading`), trading);
  assert.deepEqual(peer(`DNS:gateway, URI:${TRUST}/trading`), trading);
  assert.equal(peer('DNS:gateway'), undefined);
  assert.equal(peerOf({}), undefined);
});

// Consul signs each of them for the token of "risk".
for (const name of ['risk?/svc/gateway', 'risk#/svc/gateway', 'ris%6B', 'risk?x', 'risk?']) {
  test(`a caller whose id ends with ${name} passes for no service`, () => {
    assert.deepEqual(peer(`URI:${TRUST}/${name}`), {
      spiffeId: `${TRUST}/${name}`,
      service: undefined,
    });
  });
}

test('a caller in another place of the id than that of the service passes for none', () => {
  assert.equal(
    peer('URI:spiffe://6e0f.consul/agent/client/dc/dc1/id/svc/gateway')?.service,
    undefined,
  );
  assert.equal(peer('URI:spiffe://6e0f.consul/svc/gateway')?.service, undefined);
});
