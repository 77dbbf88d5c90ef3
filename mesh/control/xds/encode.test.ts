import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, pack } from './encode.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';

test('a field that the protos do not have is refused, at any depth', () => {
  assert.throws(() => encode(CLUSTER, { nmae: 'a' }), /has no field nmae/);
  assert.throws(
    () => encode(CLUSTER, { circuit_breakers: { thresholds: [{}, { limit: 1 }] } }),
    /circuit_breakers\.thresholds\[1\].*has no field limit/,
  );
  const options = { typed_extension_protocol_options: { a: { type: 'x' } } };
  assert.throws(() => encode(CLUSTER, options), /typed_extension_protocol_options\[a\]/);
});

test('an enum value that the protos do not have is refused', () => {
  assert.throws(() => encode(CLUSTER, { type: 'EDZ' }), /has no value EDZ/);
});

test('a message that is no object is refused', () => {
  assert.throws(() => encode(CLUSTER, { connect_timeout: '5s' }), /not a google.protobuf.Duration/);
});

test('a packed message names its type', () => {
  const router = 'envoy.extensions.filters.http.router.v3.Router';
  assert.deepEqual(pack(router, {}), {
    type_url: `type.googleapis.com/${router}`,
    value: Buffer.alloc(0),
  });
});
