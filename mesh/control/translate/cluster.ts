import { type Target, targetName } from '../chain/Target.ts';
import type { MeshIdentity } from '../watch/MeshIdentity.ts';
import type { LoadBalancing } from '../watch/routing/loadBalancing.ts';
import type { UpstreamPolicy } from '../watch/routing/upstreams.ts';
import { pack } from '../xds/encode.ts';
import { makeResource, type Resource } from '../xds/Resource.ts';
import { circuitBreakers } from './circuitBreakers.ts';
import { duration } from './duration.ts';
import { outlierDetection } from './outlierDetection.ts';
import { refusalMetadata } from './refusalMetadata.ts';
import { spiffeId } from './spiffe.ts';
import { type TlsSource, upstreamTls } from './upstreamTls.ts';

export interface ClusterParts {
  readonly target: Target;
  readonly identity: MeshIdentity;
  /** Envoy reads its secrets by SDS, gRPC by a certificate provider. */
  readonly tls: TlsSource;
  readonly loadBalancing: LoadBalancing;
  /** What the caller's service-defaults say of the target's service. */
  readonly upstream: UpstreamPolicy;
  /** Envoy only. Default: 5 s. */
  readonly connectTimeoutMs: number | undefined;
  /** What the caller's service-defaults say and the cluster cannot carry. */
  readonly refused: readonly string[];
}

/**
 * A target as a place to send calls to; its endpoints come by EDS.
 *
 * Every field that is ever used is always there, at a value that switches it off: grpc-js-xds does not
 * see a field that an update adds.
 */
export function cluster(parts: ClusterParts): Resource {
  const { target, identity, tls, loadBalancing, upstream, refused } = parts;
  const { connectTimeoutMs = 5_000 } = parts;
  const name = targetName(target);
  const { minimum, maximum } = loadBalancing.ringSize;
  return makeResource('cluster', name, {
    name,
    metadata: refusalMetadata(refused),
    type: 'EDS',
    eds_cluster_config: {
      eds_config: { ads: {}, resource_api_version: 'V3' },
      service_name: name,
    },
    connect_timeout: duration(upstream.connectTimeoutMs ?? connectTimeoutMs),
    lb_policy: loadBalancing.policy === 'ring_hash' ? 'RING_HASH' : 'ROUND_ROBIN',
    ring_hash_lb_config: {
      minimum_ring_size: { value: minimum },
      maximum_ring_size: { value: maximum },
      hash_function: 'XX_HASH',
    },
    circuit_breakers: circuitBreakers(upstream),
    outlier_detection: outlierDetection(upstream.passiveHealthCheck, tls.kind === 'sds'),
    common_lb_config: { healthy_panic_threshold: { value: 0 } },
    transport_socket: upstreamTls(spiffeId(identity, target.service), tls),
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2(),
    },
  });
}

/**
 * Read by Envoy only. The pings, as often as the runtime's own, find a connection whose other side is gone. An instance answers
 * them behind what it has to do, and what is cut with the connection are all of its streams: so the time is longer than a busy
 * one is silent.
 */
function http2(): object {
  return pack('envoy.extensions.upstreams.http.v3.HttpProtocolOptions', {
    explicit_http_config: {
      http2_protocol_options: {
        // WebSockets: RFC 8441.
        allow_connect: true,
        connection_keepalive: { interval: duration(2_000), timeout: duration(5_000) },
      },
    },
  });
}
