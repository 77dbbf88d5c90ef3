import type { MeshIdentity } from '../watch/MeshIdentity.ts';
import { pack } from '../xds/encode.ts';
import { makeResource, type Resource } from '../xds/Resource.ts';
import { duration } from './duration.ts';
import { spiffeId } from './spiffe.ts';
import { type TlsSource, upstreamTls } from './upstreamTls.ts';

const UINT32_MAX = 0xffff_ffff;
const UNLIMITED = { value: UINT32_MAX };
const NEVER = { value: 0 };

/**
 * A service as a place to send calls to; its endpoints come by EDS.
 *
 * Every field that is ever used is always there, at a value that switches it off: grpc-js-xds does not
 * see a field that an update adds.
 */
export function cluster(service: string, identity: MeshIdentity, tls: TlsSource): Resource {
  return makeResource('cluster', service, {
    name: service,
    type: 'EDS',
    eds_cluster_config: {
      eds_config: { ads: {}, resource_api_version: 'V3' },
      service_name: service,
    },
    connect_timeout: duration(5_000),
    lb_policy: 'ROUND_ROBIN',
    // Both gRPC and Envoy stop at 1024 concurrent calls when nothing is said.
    circuit_breakers: {
      thresholds: [
        {
          priority: 'DEFAULT',
          max_connections: UNLIMITED,
          max_pending_requests: UNLIMITED,
          max_requests: UNLIMITED,
          max_retries: UNLIMITED,
        },
      ],
    },
    outlier_detection: noOutlierDetection,
    common_lb_config: { healthy_panic_threshold: { value: 0 } },
    transport_socket: upstreamTls(spiffeId(identity, service), tls),
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2(),
    },
  });
}

/** Complete, as grpc-js-xds crashes on an incomplete one, and ejecting nobody. */
const noOutlierDetection = {
  interval: duration(10_000),
  base_ejection_time: duration(30_000),
  max_ejection_time: duration(300_000),
  max_ejection_percent: { value: 10 },
  consecutive_5xx: { value: 5 },
  enforcing_consecutive_5xx: NEVER,
  consecutive_gateway_failure: { value: 5 },
  enforcing_consecutive_gateway_failure: NEVER,
  enforcing_success_rate: NEVER,
  success_rate_minimum_hosts: { value: 5 },
  success_rate_request_volume: { value: 100 },
  success_rate_stdev_factor: { value: 1900 },
  enforcing_failure_percentage: NEVER,
  failure_percentage_minimum_hosts: { value: 5 },
  failure_percentage_request_volume: { value: 50 },
  failure_percentage_threshold: { value: 85 },
};

/** Read by Envoy only. The pings find a connection whose other side is frozen. */
function http2(): object {
  return pack('envoy.extensions.upstreams.http.v3.HttpProtocolOptions', {
    explicit_http_config: {
      http2_protocol_options: {
        connection_keepalive: { interval: duration(10_000), timeout: duration(3_000) },
      },
    },
  });
}
