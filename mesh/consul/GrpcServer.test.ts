import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGrpcAddresses } from './GrpcServer.ts';

test('CONSUL_GRPC_ADDR takes what Consul takes, and several', () => {
  const text =
    '10.0.0.1:8502, https://consul.internal:8503,http://[::1]:8502,unix:///run/grpc.sock';
  assert.deepEqual(readGrpcAddresses(text, true), [
    { target: 'ipv4:10.0.0.1:8502', tls: true },
    { target: 'dns:consul.internal:8503', tls: true },
    { target: 'ipv6:[::1]:8502', tls: false },
    { target: 'unix:/run/grpc.sock', tls: false },
  ]);
  for (const wrong of ['', 'host', 'host:0', 'host:70000', 'ftp://host:1', 'host:1,', 'a/b:1']) {
    assert.throws(
      () => readGrpcAddresses(wrong, false),
      /CONSUL_GRPC_ADDR: ".*" is none of/,
      wrong,
    );
  }
});
