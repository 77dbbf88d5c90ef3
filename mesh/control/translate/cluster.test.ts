import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeResource } from '../testing/decode.ts';
import { identity } from '../testing/samples.ts';
import { cluster } from './cluster.ts';

const uri = 'spiffe://test.consul/ns/default/dc/dc1/svc/a';

describe('cluster', () => {
  const grpc = decodeResource(cluster('a', identity, { kind: 'provider' }));
  const envoy = decodeResource(cluster('a', identity, { kind: 'sds', file: '/id/sds.json' }));

  test('takes endpoints by ADS under its own name', () => {
    assert.equal(grpc.type, 'EDS');
    assert.equal(grpc.eds_cluster_config.service_name, 'a');
    assert.ok(grpc.eds_cluster_config.eds_config.ads);
  });

  test('lets gRPC connect to the exact SPIFFE id only, in the field that gRPC reads', () => {
    const tls = grpc.transport_socket.typed_config.common_tls_context;
    const context = tls.combined_validation_context.default_validation_context;
    assert.deepEqual(context.match_subject_alt_names, [{ exact: uri }]);
    assert.equal(context.ca_certificate_provider_instance.instance_name, 'weft');
    assert.equal(tls.tls_certificate_provider_instance.instance_name, 'weft');
  });

  test('lets Envoy connect to the exact SPIFFE id only, with secrets from its own files', () => {
    const tls = envoy.transport_socket.typed_config.common_tls_context;
    const combined = tls.combined_validation_context;
    assert.deepEqual(combined.default_validation_context, {
      match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: uri } }],
    });
    const [certificate] = tls.tls_certificate_sds_secret_configs;
    assert.equal(certificate.name, 'identity');
    assert.deepEqual(certificate.sds_config.path_config_source, {
      path: '/id/sds.json',
      watched_directory: { path: '/id' },
    });
    const roots = combined.validation_context_sds_secret_config;
    assert.equal(roots.sds_config.path_config_source.path, '/id/sds-roots.json');
  });

  test('is the same in all that does not concern TLS', () => {
    assert.deepEqual(
      { ...grpc, transport_socket: undefined },
      { ...envoy, transport_socket: undefined },
    );
  });

  test('has an outlier detection that is complete and ejects nobody', () => {
    const { outlier_detection: outliers } = grpc;
    for (const kind of ['enforcing_success_rate', 'enforcing_failure_percentage']) {
      assert.deepEqual(outliers[kind].value ?? 0, 0, kind);
    }
    for (const field of ['minimum_hosts', 'request_volume', 'threshold']) {
      assert.ok(outliers[`failure_percentage_${field}`].value > 0, field);
    }
    assert.ok(outliers.interval.seconds > 0);
  });

  test('does not stop at 1024 concurrent calls', () => {
    assert.equal(grpc.circuit_breakers.thresholds[0].max_requests.value, 0xffff_ffff);
  });
});
