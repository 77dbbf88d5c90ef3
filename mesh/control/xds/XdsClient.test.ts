import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRequest } from './discoveryMessages.ts';
import { protoRoot } from './protoRoot.ts';
import { readClient, type XdsNode } from './XdsClient.ts';

/** A node as it comes off the wire. */
function node(fields: object, metadata: Record<string, string> = {}): XdsNode {
  const values = Object.entries(metadata).map(([key, stringValue]) => [key, { stringValue }]);
  const type = protoRoot.lookupType('envoy.service.discovery.v3.DiscoveryRequest');
  const request = { node: { ...fields, metadata: { fields: Object.fromEntries(values) } } };
  return decodeRequest(Buffer.from(type.encode(type.fromObject(request)).finish())).node ?? {};
}

test('a gRPC process says which service it is', () => {
  const fields = {
    id: 'web-1',
    cluster: 'web',
    user_agent_name: 'gRPC Go',
    user_agent_version: '1',
    locality: { region: 'eu', zone: 'eu-1a' },
  };
  assert.deepEqual(readClient(node(fields, { service: 'web-v2', 'weft-role': 'service' })), {
    id: 'web-1',
    service: 'web-v2',
    role: 'service',
    userAgent: 'gRPC Go 1',
    sdsFile: undefined,
    isEnvoy: false,
    zone: 'eu-1a',
  });
  assert.equal(readClient(node(fields)).service, 'web');
});

test('an Envoy says where its secrets lie', () => {
  const version = { version: { major_number: 1, minor_number: 40, patch: 0 } };
  const fields = { id: 'gateway-1', user_agent_name: 'envoy', user_agent_build_version: version };
  const edge = readClient(node(fields, { 'weft-role': 'edge', 'weft-sds': '/id/sds.json' }));
  assert.equal(edge.userAgent, 'envoy 1.40.0');
  assert.equal(edge.role, 'edge');
  assert.equal(edge.sdsFile, '/id/sds.json');
});

test('an Envoy that does not is refused: it would connect without a certificate', () => {
  const fields = { user_agent_name: 'envoy' };
  assert.throws(() => readClient(node(fields)), /weft-sds/);
  assert.throws(() => readClient(node(fields, { 'weft-sds': 'sds.json' })), /absolute path/);
});
