import { type Contracts, edgeNames, isOpen } from '@weft/mesh/contracts';
import { accessLog } from './accessLog.ts';
import type { EdgeOptions } from './EdgeOptions.ts';
import { httpFilters } from './httpFilters.ts';
import { limits } from './limits.ts';
import { localReplies } from './localReplies.ts';
import { tracing } from './traces/tracing.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/** An empty list would stand for all private addresses. */
const NOBODY = { address_prefix: '0.0.0.0', prefix_len: 32 };

/** The public listener: REST, server-sent events, gRPC and gRPC-Web on one port. */
export function listener(contracts: Contracts, options: EdgeOptions): Config {
  return {
    name: 'edge',
    // By which it alone is drained, and not what tells of the draining.
    traffic_direction: 'INBOUND',
    address: { socket_address: { address: options.address, port_value: options.port } },
    // Else a second edge on the same port would take half of the connections, and nobody would know.
    enable_reuse_port: false,
    socket_options: keepalive,
    per_connection_buffer_limit_bytes: limits.connectionBufferBytes,
    filter_chains: [{ filters: [connectionManager(contracts, options)] }],
  };
}

/** Numbers of Linux: see socket(7) and tcp(7). Connections have what their listening socket has. */
const keepalive: readonly Config[] = (
  [
    ['SO_KEEPALIVE', 1, 9, 1],
    ['TCP_KEEPIDLE', 6, 4, limits.keepaliveSeconds],
    ['TCP_KEEPINTVL', 6, 5, limits.keepaliveEverySeconds],
    ['TCP_KEEPCNT', 6, 6, limits.keepaliveProbes],
    ['TCP_USER_TIMEOUT', 6, 18, limits.lostClientSeconds * 1_000],
  ] as const
).map(([description, level, name, int_value]) => ({ description, level, name, int_value }));

function connectionManager(contracts: Contracts, options: EdgeOptions): Config {
  const trustedHops = options.trustedHops ?? 0;
  const streamsRequests = contracts.methods.some(
    (method) => isOpen(method) && method.requestStream,
  );
  return typedConfig(
    'envoy.filters.network.http_connection_manager',
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: 'edge',
      codec_type: 'AUTO',
      ...tracing(options.traces),
      rds: {
        route_config_name: edgeNames.routes,
        // No routes, no service: rather wait for the control plane than answer 404 to everything.
        config_source: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
      },
      http_filters: httpFilters(contracts, options),
      access_log: accessLog(contracts),
      local_reply_config: localReplies,

      // The client is whoever holds the connection, unless that is a proxy of one's own: only what such
      // proxies append is believed.
      use_remote_address: true,
      xff_num_trusted_hops: trustedHops,
      internal_address_config: { cidr_ranges: [NOBODY] },
      early_header_mutation_extensions: [dropHeaders(trustedHops)],
      server_header_transformation: 'PASS_THROUGH',
      normalize_path: true,
      merge_slashes: true,

      max_request_headers_kb: limits.requestHeadersKiB,
      request_headers_timeout: limits.requestHeadersTimeout,
      request_timeout: streamsRequests ? '0s' : limits.requestTimeout,
      stream_idle_timeout: limits.streamIdleTimeout,
      common_http_protocol_options: { idle_timeout: limits.connectionIdleTimeout },
      // What a service says of its call must be findable from the answer.
      always_set_request_id_in_response: true,
      // The status of a server-sent stream comes after its last event.
      http_protocol_options: {
        enable_trailers: true,
        // Else a verb that Envoy does not know is 400, where a path that knows others answers 405.
        allow_custom_methods: true,
        // Proxies in front speak it where nobody has told them otherwise, and checks of health.
        ...{ accept_http_10: true, default_host_for_http_10: 'edge' },
      },
      http2_protocol_options: {
        max_concurrent_streams: limits.concurrentStreams,
        initial_stream_window_size: limits.streamWindowBytes,
        initial_connection_window_size: limits.connectionWindowBytes,
        connection_keepalive: { interval: '30s', timeout: '10s' },
      },
    },
  );
}

/** What a client may say of itself, or to Envoy, and must not be believed. */
function dropHeaders(trustedHops: number): Config {
  const forwarded =
    trustedHops === 0
      ? ['x-forwarded-']
      : ['x-forwarded-client-cert', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-prefix'];
  return typedConfig(
    'envoy.http.early_header_mutation.header_mutation',
    'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
    {
      mutations: ['x-envoy-', 'x-weft-', ...forwarded].map((prefix) => ({
        remove_on_match: { key_matcher: { prefix } },
      })),
    },
  );
}
