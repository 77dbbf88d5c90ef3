import { edgeNames } from '@weft/mesh/contracts';
import { type Config, typedConfig } from '../typedConfig.ts';
import type { TraceOptions } from './TraceOptions.ts';
import { TRACE_CLUSTER } from './traceCluster.ts';

const TIMEOUT = '5s';

/**
 * Makes each request a span of its own, in the trace that the caller names by `traceparent`, and each try to reach a
 * service one below it, which that service's span is below of. Nothing where traces go nowhere.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/trace/v3/opentelemetry.proto
 */
export function tracing(traces: TraceOptions | undefined): { readonly tracing?: Config } {
  if (!traces) return {};
  return {
    tracing: {
      provider: typedConfig(
        'envoy.tracers.opentelemetry',
        'envoy.config.trace.v3.OpenTelemetryConfig',
        { service_name: edgeNames.service, ...exporter(traces) },
      ),
      spawn_upstream_span: true,
      // A path may hold a secret, and so may its query: a span has neither. Of Envoy's own tags one of no length has none of
      // it, and what another would say of gRPC's path, which any caller may claim to speak, says the route.
      max_path_tag_length: 0,
      custom_tags: ['http.route', 'grpc.path'].map((tag) => ({ tag, value: '%ROUTE_NAME%' })),
    },
  };
}

function exporter({ endpoint, protocol, headers = {} }: TraceOptions): Config {
  const given = Object.entries(headers);
  if (protocol === 'grpc') {
    return {
      grpc_service: {
        envoy_grpc: { cluster_name: TRACE_CLUSTER, authority: new URL(endpoint).host },
        timeout: TIMEOUT,
        initial_metadata: given.map(([key, value]) => ({ key, value })),
      },
    };
  }
  return {
    http_service: {
      http_uri: {
        uri: `${endpoint.replace(/\/$/, '')}/v1/traces`,
        cluster: TRACE_CLUSTER,
        timeout: TIMEOUT,
      },
      request_headers_to_add: given.map(([key, value]) => ({ header: { key, value } })),
    },
  };
}
