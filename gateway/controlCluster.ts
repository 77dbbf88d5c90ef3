import type { ControlAddress } from './EdgeOptions.ts';
import { anyOf, type Config } from './typedConfig.ts';

/** Name of the cluster by which Envoy reaches the control plane. */
export const CONTROL_CLUSTER = 'weft-control';

/** The host's control planes: plaintext HTTP/2, which is why they are of this machine alone. */
export function controlCluster(controlPlanes: readonly ControlAddress[]): Config {
  return {
    name: CONTROL_CLUSTER,
    type: 'STATIC',
    connect_timeout: '1s',
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': anyOf(
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        {
          explicit_http_config: {
            // A control plane that hangs is given up like one that is gone.
            http2_protocol_options: { connection_keepalive: { interval: '10s', timeout: '5s' } },
          },
        },
      ),
    },
    load_assignment: {
      cluster_name: CONTROL_CLUSTER,
      endpoints: [
        {
          lb_endpoints: controlPlanes.map((at) => ({ endpoint: { address: envoyAddress(at) } })),
        },
      ],
    },
  };
}

function envoyAddress(at: ControlAddress): Config {
  if ('path' in at) return { pipe: { path: at.path } };
  return { socket_address: { address: at.host, port_value: at.port } };
}
