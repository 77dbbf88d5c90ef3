import { isIP } from 'node:net';
import type { MeshIdentity } from '../watch/MeshIdentity.ts';
import { pack } from '../xds/encode.ts';
import { makeStampedResource, type Resource } from '../xds/Resource.ts';
import type { Authorization } from './authorize.ts';
import { httpConnectionManager } from './httpConnectionManager.ts';
import { rbacFilter } from './rbacFilter.ts';
import { refusalMetadata } from './refusalMetadata.ts';
import { CERTIFICATE_PROVIDER } from './upstreamTls.ts';

/** Servers ask for a listener of this name and the address they listen on. */
export const SERVER_LISTENER_PREFIX = 'weft/server/';

/** The IP and port in a server listener's name; undefined when there are none. */
export function serverAddress(name: string): { host: string; port: number } | undefined {
  if (!name.startsWith(SERVER_LISTENER_PREFIX)) return undefined;
  const address = name.slice(SERVER_LISTENER_PREFIX.length);
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  return isIP(host) && port > 0 && port < 65_536 ? { host, port } : undefined;
}

/**
 * What a gRPC server of the mesh gets: only callers with a certificate of the mesh connect, and only
 * those that the intentions allow are served. The address is echoed as it was asked for; servers compare
 * it as a string.
 *
 * The rules stand in this listener alone: grpc-js-xds ignores those of single routes.
 */
export function serverListener(
  name: string,
  address: { readonly host: string; readonly port: number },
  authorization: Authorization,
  identity: MeshIdentity,
): Resource {
  return makeStampedResource('listener', name, (hash) => ({
    name,
    stat_prefix: hash,
    metadata: refusalMetadata(authorization.warnings),
    traffic_direction: 'INBOUND',
    address: { socket_address: { address: address.host, port_value: address.port } },
    default_filter_chain: {
      name: 'mesh',
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typed_config: httpConnectionManager({
            hash,
            routeName: 'server',
            routes: [{ name: 'all', match: { prefix: '' }, non_forwarding_action: {} }],
            filters: [rbacFilter(authorization, identity)],
          }),
        },
      ],
      transport_socket: downstreamTls(),
    },
  }));
}

function downstreamTls(): object {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: pack('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
      require_client_certificate: { value: true },
      common_tls_context: {
        tls_certificate_provider_instance: { instance_name: CERTIFICATE_PROVIDER },
        validation_context: {
          ca_certificate_provider_instance: { instance_name: CERTIFICATE_PROVIDER },
        },
      },
    }),
  };
}
