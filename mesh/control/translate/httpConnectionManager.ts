import { type PackedAny, pack } from '../xds/encode.ts';

export interface HttpConnectionManagerParts {
  /** Hash of the listener's content; see makeStampedResource. */
  readonly hash: string;
  readonly routeName: string;
  readonly routes: readonly object[];
  /** Filters before the router. */
  readonly filters: readonly object[];
}

/**
 * The HTTP connection manager of a gRPC listener, its routes inline: grpc-js-xds would apply a change of
 * filters only together with a change of routes that it gets by RDS. Sets no idle_timeout: gRPC clients
 * take it for the deadline of each call.
 */
export function httpConnectionManager(parts: HttpConnectionManagerParts): PackedAny {
  const { hash, routeName, routes, filters } = parts;
  return pack('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: hash,
    route_config: {
      name: `${routeName}/${hash}`,
      virtual_hosts: [{ name: routeName, domains: ['*'], routes }],
    },
    http_filters: [
      ...filters,
      {
        name: 'envoy.filters.http.router',
        typed_config: pack('envoy.extensions.filters.http.router.v3.Router', {}),
      },
    ],
  });
}
