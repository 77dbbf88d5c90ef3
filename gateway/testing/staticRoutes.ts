import { type Contracts, isOpen, type MethodContract } from '@weft/mesh/contracts';
import { ADMIN_CLUSTER } from '../adminInterface.ts';
import { anyOf, type Config } from '../typedConfig.ts';

/** What the control plane gives an edge, standing in the file: for an Envoy that runs without a mesh. */
export function withStaticRoutes(bootstrap: Config, contracts: Contracts, port: number): Config {
  const copy = structuredClone(bootstrap) as never as {
    dynamic_resources?: unknown;
    static_resources: {
      clusters: (Config & { readonly name: string })[];
      listeners: { filter_chains: { filters: { typed_config: Record<string, unknown> }[] }[] }[];
    };
  };
  const manager = copy.static_resources.listeners[0]?.filter_chains[0]?.filters[0]?.typed_config;
  if (!manager) throw new Error('The bootstrap has no listener.');
  delete manager.rds;
  manager.route_config = routes(contracts);
  delete copy.dynamic_resources;
  const [admin] = copy.static_resources.clusters.filter(({ name }) => name === ADMIN_CLUSTER);
  if (!admin) throw new Error('The bootstrap has no way to the admin interface.');
  copy.static_resources.clusters = [admin, plaintextCluster('service', port)];
  return copy as Config;
}

/** gRPC-Web too: a route is chosen before the filter that makes gRPC of it. */
const isGrpc: Config = { name: 'content-type', string_match: { prefix: 'application/grpc' } };

function routes(contracts: Contracts): Config {
  return {
    name: 'edge',
    validate_clusters: false,
    virtual_hosts: [
      {
        name: 'edge',
        domains: ['*'],
        typed_per_filter_config: {
          'envoy.filters.http.cors': anyOf('envoy.extensions.filters.http.cors.v3.CorsPolicy', {
            allow_origin_string_match: [{ prefix: 'http' }],
            allow_methods: 'GET,POST',
            allow_headers: 'content-type',
          }),
        },
        routes: [
          ...contracts.methods.filter(isOpen).map(route),
          {
            match: { prefix: '/' },
            route: { cluster: 'nowhere', cluster_not_found_response_code: 'NOT_FOUND' },
          },
        ],
      },
    ],
  };
}

function route({ path, rateLimit }: MethodContract): Config {
  return {
    match: { path, headers: [isGrpc] },
    route: { cluster: 'service', timeout: '0s' },
    typed_per_filter_config: {
      'envoy.filters.http.local_ratelimit': anyOf(
        'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
        {
          stat_prefix: 'edge',
          token_bucket: {
            max_tokens: rateLimit.requests,
            tokens_per_fill: rateLimit.requests,
            fill_interval: `${rateLimit.perMs / 1000}s`,
          },
          filter_enabled: { default_value: { numerator: 100 } },
          filter_enforced: { default_value: { numerator: 100 } },
          rate_limited_as_resource_exhausted: true,
        },
      ),
    },
  };
}

function plaintextCluster(name: string, port: number): Config & { readonly name: string } {
  const http = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  return {
    name,
    type: 'STATIC',
    typed_extension_protocol_options: {
      [http]: anyOf(http, { explicit_http_config: { http2_protocol_options: {} } }),
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: [
            {
              endpoint: {
                address: { socket_address: { address: '127.0.0.1', port_value: port } },
              },
            },
          ],
        },
      ],
    },
  };
}
