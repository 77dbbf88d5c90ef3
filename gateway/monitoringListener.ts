import { ADMIN_CLUSTER } from './adminInterface.ts';
import { healthPage } from './healthPage.ts';
import { limits } from './limits.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/** What only reads, and tells nothing that a user of this machine may not know. The whole configuration is not here. */
const PAGES = [
  ...['/ready', '/stats', '/stats/prometheus'],
  ...['/clusters', '/listeners', '/server_info', '/certs'],
];

/**
 * A listener on loopback for load balancers and monitoring: some pages of the admin interface, and /health. It answers also when the
 * edge has as many connections as it takes, or is short of memory, which is when they are looked at.
 *
 * It asks for a name of this machine: a page in a browser whose own name has been made to resolve to this machine (DNS
 * rebinding) gets nothing.
 */
export function monitoringListener(port: number): Config {
  return {
    name: 'monitoring',
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    enable_reuse_port: false,
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
    filter_chains: [{ filters: [connectionManager] }],
  };
}

const connectionManager: Config = typedConfig(
  'envoy.filters.network.http_connection_manager',
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  {
    stat_prefix: 'monitoring',
    strip_any_host_port: true,
    max_request_headers_kb: limits.requestHeadersKiB,
    request_headers_timeout: limits.requestHeadersTimeout,
    common_http_protocol_options: { idle_timeout: limits.connectionIdleTimeout },
    route_config: {
      name: 'monitoring',
      virtual_hosts: [
        {
          name: 'monitoring',
          domains: ['127.0.0.1', 'localhost'],
          routes: [
            healthPage,
            ...PAGES.map((path) => ({
              match: {
                path,
                headers: [{ name: ':method', string_match: { exact: 'GET' } }],
              },
              route: { cluster: ADMIN_CLUSTER },
            })),
          ],
        },
      ],
    },
    http_filters: [
      // Without a script of the route it does nothing.
      typedConfig('envoy.filters.http.lua', 'envoy.extensions.filters.http.lua.v3.Lua'),
      typedConfig('envoy.filters.http.router', 'envoy.extensions.filters.http.router.v3.Router', {
        suppress_envoy_headers: true,
      }),
    ],
  },
);
