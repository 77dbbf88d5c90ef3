import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { anyOf, type Config, typedConfig } from '../typedConfig.ts';
import type { TraceOptions } from './TraceOptions.ts';

/** Name of the cluster by which Envoy reaches the collector of traces. */
export const TRACE_CLUSTER = 'weft-traces';

/**
 * The collector; none where traces go nowhere.
 *
 * @throws Error when it is reached by https and this machine has no authorities to know it by.
 */
export function traceClusters(traces: TraceOptions | undefined): Config[] {
  if (!traces) return [];
  const { protocol, hostname, port } = new URL(traces.endpoint);
  const isTls = protocol === 'https:';
  const address = hostname.replace(/^\[|\]$/g, '');
  const endpoint = {
    address: { socket_address: { address, port_value: Number(port || (isTls ? 443 : 80)) } },
  };
  return [
    {
      name: TRACE_CLUSTER,
      type: 'STRICT_DNS',
      connect_timeout: '5s',
      ...(traces.protocol === 'grpc' && overHttp2),
      load_assignment: {
        cluster_name: TRACE_CLUSTER,
        endpoints: [{ lb_endpoints: [{ endpoint }] }],
      },
      ...(isTls && { transport_socket: tls(address) }),
    },
  ];
}

const HTTP = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

const overHttp2: Config = {
  typed_extension_protocol_options: {
    [HTTP]: anyOf(HTTP, { explicit_http_config: { http2_protocol_options: {} } }),
  },
};

/** Where Debian, Fedora and Alpine, and those like them, keep the authorities that a machine trusts. */
const AUTHORITIES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

function tls(host: string): Config {
  const authorities = AUTHORITIES.find((file) => existsSync(file));
  if (!authorities) throw new Error('No certificate authorities are found here.');
  const kind = isIP(host) ? 'IP_ADDRESS' : 'DNS';
  return typedConfig(
    'envoy.transport_sockets.tls',
    'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    {
      ...(isIP(host) ? {} : { sni: host }),
      common_tls_context: {
        validation_context: {
          trusted_ca: { filename: authorities },
          match_typed_subject_alt_names: [{ san_type: kind, matcher: { exact: host } }],
        },
      },
    },
  );
}
