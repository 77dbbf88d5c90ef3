import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ROUND_ROBIN } from '../chain/describeTarget.ts';
import { type Decoded, decodeResource } from '../testing/decode.ts';
import { identity } from '../testing/samples.ts';
import type { UpstreamPolicy } from '../watch/routing/upstreams.ts';
import { cluster } from './cluster.ts';
import { failoverCluster } from './failoverCluster.ts';
import type { TlsSource } from './upstreamTls.ts';

const uri = 'spiffe://test.consul/ns/default/dc/dc1/svc/a';

function made(tls: TlsSource, upstream: UpstreamPolicy = {}, loadBalancing = ROUND_ROBIN) {
  const target = { service: 'a', subset: 'v1' };
  const common = { target, identity, connectTimeoutMs: undefined, refused: [] };
  return decodeResource(cluster({ ...common, tls, upstream, loadBalancing }));
}

const PASSIVE = {
  intervalMs: 2_000,
  maxFailures: 3,
  enforcing: 90,
  maxEjection: 50,
  baseEjectionMs: 400_000,
};

describe('cluster', () => {
  const grpc = made({ kind: 'provider' });
  const envoy = made({ kind: 'sds', file: '/id/sds.json' });

  test('takes endpoints by ADS under its own name', () => {
    assert.equal(grpc.type, 'EDS');
    assert.equal(grpc.name, 'a/v1');
    assert.equal(grpc.eds_cluster_config.service_name, 'a/v1');
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
    const rest = { transport_socket: undefined, outlier_detection: undefined };
    assert.deepEqual({ ...grpc, ...rest }, { ...envoy, ...rest });
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
    const [threshold] = grpc.circuit_breakers.thresholds;
    assert.equal(threshold.max_requests.value, 0xffff_ffff);
    // An instance that fails does not double the load of the others.
    assert.equal(threshold.retry_budget.budget_percent.value, 20);
    assert.equal(threshold.max_retries, undefined);
  });

  test('sheds calls beyond the limit that its caller has for it', () => {
    const limited = made({ kind: 'provider' }, { maxConcurrentRequests: 7 });
    assert.equal(limited.circuit_breakers.thresholds[0].max_requests.value, 7);
  });

  test('ejects an instance that fails: Envoy by failures in a row, gRPC by their share', () => {
    const passiveHealthCheck = PASSIVE;
    const ofGrpc = made({ kind: 'provider' }, { passiveHealthCheck }).outlier_detection;
    const ofEnvoy = made({ kind: 'sds', file: '/s' }, { passiveHealthCheck }).outlier_detection;
    const enforced = ({ enforcing_consecutive_5xx, enforcing_failure_percentage }: Decoded) => [
      enforcing_consecutive_5xx.value ?? 0,
      enforcing_failure_percentage.value ?? 0,
    ];
    assert.deepEqual(enforced(ofGrpc), [0, 90]);
    assert.deepEqual(enforced(ofEnvoy), [90, 0]);
    assert.equal(ofGrpc.failure_percentage_request_volume.value, 3);
    assert.equal(ofEnvoy.consecutive_5xx.value, 3);
    assert.equal(ofGrpc.interval.seconds, 2);
    assert.equal(ofGrpc.max_ejection_percent.value, 50);
    assert.equal(ofGrpc.base_ejection_time.seconds, 400);
    assert.ok(ofGrpc.max_ejection_time.seconds >= 400);
  });

  test('ejects at the edge as well where there are few instances', () => {
    const check = { passiveHealthCheck: { ...PASSIVE, maxEjection: undefined } };
    const { outlier_detection: ofEnvoy } = made({ kind: 'sds', file: '/s' }, check);
    assert.equal(ofEnvoy.max_ejection_percent.value, 50);
  });

  test('is a ring when the resolver says so', () => {
    const ring = { ...ROUND_ROBIN, policy: 'ring_hash', ringSize: { minimum: 64, maximum: 128 } };
    const ringed = made({ kind: 'provider' }, {}, ring as typeof ROUND_ROBIN);
    assert.equal(ringed.lb_policy, 'RING_HASH');
    assert.equal(ringed.ring_hash_lb_config.minimum_ring_size.value, 64);
    assert.equal(grpc.lb_policy ?? 'ROUND_ROBIN', 'ROUND_ROBIN');
  });

  test('of several targets, tries one after the other; Envoy and gRPC want another policy there', () => {
    const targets = [
      { service: 'a', subset: 'v1' },
      { service: 'b', subset: undefined },
    ];
    const forGrpc = decodeResource(failoverCluster(targets, 'ring_hash', false));
    assert.equal(forGrpc.name, 'failover:a/v1,b');
    assert.deepEqual(forGrpc.cluster_type.typed_config.clusters, ['a/v1', 'b']);
    assert.equal(forGrpc.lb_policy, 'RING_HASH');
    const forEnvoy = decodeResource(failoverCluster(targets, 'ring_hash', true));
    assert.equal(forEnvoy.lb_policy, 'CLUSTER_PROVIDED');
  });
});
