import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { type Config, typedConfig } from '../typedConfig.ts';
import type { IdentityProvider } from './IdentityProvider.ts';

/** Name of the cluster by which Envoy fetches the identity provider's keys. */
export const JWKS_CLUSTER = 'weft-jwks';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The host that publishes the keys; none for keys in a file.
 *
 * @throws when it would be reached over plain HTTP on another machine: whoever stands between could put
 *   his own keys in place of the provider's.
 */
export function jwksClusters(provider: IdentityProvider | undefined): Config[] {
  if (!provider || provider.jwks.startsWith('/')) return [];
  const { protocol, hostname, port } = new URL(provider.jwks);
  const isTls = protocol === 'https:';
  if (!isTls && !(protocol === 'http:' && LOOPBACK.test(hostname))) {
    throw new Error(`The JWKS ${provider.jwks} is neither https nor on this machine.`);
  }
  const address = hostname.replace(/^\[|\]$/g, '');
  const endpoint = {
    address: { socket_address: { address, port_value: Number(port || (isTls ? 443 : 80)) } },
  };
  return [
    {
      name: JWKS_CLUSTER,
      type: 'STRICT_DNS',
      connect_timeout: '5s',
      load_assignment: {
        cluster_name: JWKS_CLUSTER,
        endpoints: [{ lb_endpoints: [{ endpoint }] }],
      },
      ...(isTls ? { transport_socket: tls(address, provider.jwksCa) } : {}),
    },
  ];
}

/** Where Debian, Fedora and Alpine, and those like them, keep the authorities that a machine trusts. */
const SYSTEM_AUTHORITIES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

function tls(host: string, authorities = SYSTEM_AUTHORITIES.find(existsSync)): Config {
  if (!authorities) throw new Error('No certificate authorities are found here: name a file.');
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
