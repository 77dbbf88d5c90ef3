import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeResource } from '../testing/decode.ts';
import { identity, sampleEntry } from '../testing/samples.ts';
import { authorize } from './authorize.ts';
import { serverAddress, serverListener } from './serverListener.ts';

const address = { host: '127.0.0.1', port: 9000 };
const web = 'spiffe://test.consul/ns/default/dc/dc1/svc/web';
const old = 'spiffe://test.consul/ns/default/dc/dc1/svc/old';

type Sources = Parameters<typeof sampleEntry>[0];

function listen(sources: Sources) {
  const authorization = authorize('api', new Map([['api', sampleEntry(sources)]]));
  return serverListener('weft/server/127.0.0.1:9000', address, authorization, identity);
}
function manager(sources: Sources) {
  const listener = decodeResource(listen(sources));
  return listener.default_filter_chain.filters[0].typed_config;
}
function policies(sources: Sources) {
  const [rbac] = manager(sources).http_filters;
  assert.equal(rbac.name, 'envoy.filters.http.rbac');
  assert.equal(rbac.is_optional, undefined);
  assert.ok(rbac.typed_config.rules, 'a listener without rules would be refused');
  // The action is ALLOW, the first value, which is not sent.
  assert.equal(rbac.typed_config.rules.action, undefined);
  return rbac.typed_config.rules.policies;
}

describe('serverListener', () => {
  test('allows exact SPIFFE ids and nobody else', () => {
    assert.deepEqual(policies({ web: 'allow' }), {
      allow: {
        permissions: [{ any: true }],
        principals: [{ authenticated: { principal_name: { exact: web } } }],
      },
    });
  });

  test('without anybody allowed has rules, and no policy that would match', () => {
    assert.equal(policies({}), undefined);
  });

  test('allows all services of the mesh by their prefix, without other spellings of an id and those denied', () => {
    const id = (matcher: object) => ({ authenticated: { principal_name: matcher } });
    const any = id({ prefix: 'spiffe://test.consul/ns/default/dc/dc1/svc/' });
    const spellings = [
      ...['%', '?', '#'].map((contains) => id({ contains })),
      id({ suffix: '-sidecar-proxy' }),
    ];
    const anyBut = (...ids: object[]) => [
      { and_ids: { ids: [any, { not_id: { or_ids: { ids } } }] } },
    ];
    assert.deepEqual(policies({ '*': 'allow' }).allow.principals, anyBut(...spellings));
    assert.deepEqual(
      policies({ '*': 'allow', old: 'deny' }).allow.principals,
      anyBut(...spellings, id({ exact: old })),
    );
  });

  test('demands a certificate of the mesh', () => {
    const { transport_socket } = decodeResource(listen({})).default_filter_chain;
    const tls = transport_socket.typed_config;
    assert.equal(tls.require_client_certificate.value, true);
    const { tls_certificate_provider_instance, validation_context } = tls.common_tls_context;
    assert.equal(tls_certificate_provider_instance.instance_name, 'weft');
    assert.equal(validation_context.ca_certificate_provider_instance.instance_name, 'weft');
  });

  test('carries its content where grpc-js-xds compares: no update is taken for an old one', () => {
    const before = listen({ web: 'allow' });
    const after = listen({ old: 'allow', web: 'allow' });
    assert.notEqual(before.version, after.version);
    const hashes = [before, after].map((resource) => decodeResource(resource).stat_prefix);
    assert.notEqual(hashes[0], hashes[1]);
    assert.equal(hashes[0], manager({ web: 'allow' }).stat_prefix);
    assert.equal(listen({ web: 'allow' }).version, before.version);
  });

  test('echoes the address that a server asks for', () => {
    assert.deepEqual(serverAddress('weft/server/127.0.0.1:9000'), address);
    assert.deepEqual(serverAddress('weft/server/0.0.0.0:1'), { host: '0.0.0.0', port: 1 });
    assert.deepEqual(serverAddress('weft/server/[::]:9000'), { host: '::', port: 9000 });
    const nonsense = ['weft/server/', 'weft/server/host:1', 'weft/server/1.2.3.4', 'api'];
    const impossible = ['weft/server/1.2.3.4:0', 'weft/server/1.2.3.4:65536', 'weft/server/::1:5'];
    for (const name of [...nonsense, ...impossible]) assert.equal(serverAddress(name), undefined);
  });
});
