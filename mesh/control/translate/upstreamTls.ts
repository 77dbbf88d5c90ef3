import { dirname } from 'node:path';
import { pack } from '../xds/encode.ts';

/** Name of the certificate provider in the bootstrap of every gRPC process of the mesh. */
export const CERTIFICATE_PROVIDER = 'weft';

/** Where a client finds its certificate and the roots: gRPC by provider, Envoy in a file of secrets. */
export type TlsSource =
  | { readonly kind: 'provider' }
  | { readonly kind: 'sds'; readonly file: string };

/** Mutual TLS to servers with exactly this SPIFFE id. */
export function upstreamTls(spiffeId: string, source: TlsSource): object {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: pack('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      common_tls_context:
        source.kind === 'provider' ? byProvider(spiffeId) : bySecrets(spiffeId, source.file),
    }),
  };
}

function byProvider(spiffeId: string): object {
  return {
    tls_certificate_provider_instance: { instance_name: CERTIFICATE_PROVIDER },
    combined_validation_context: {
      default_validation_context: {
        ca_certificate_provider_instance: { instance_name: CERTIFICATE_PROVIDER },
        ...subjectAltName(spiffeId),
      },
    },
  };
}

/** `identity` and `roots` in one file that is renamed into place: Envoy sees them change together. */
function bySecrets(spiffeId: string, file: string): object {
  const secret = (name: string) => ({
    name,
    sds_config: {
      resource_api_version: 'V3',
      path_config_source: { path: file, watched_directory: { path: dirname(file) } },
    },
  });
  return {
    tls_certificate_sds_secret_configs: [secret('identity')],
    combined_validation_context: {
      default_validation_context: subjectAltName(spiffeId),
      validation_context_sds_secret_config: secret('roots'),
    },
  };
}

/** In both fields: gRPC clients know only the old one, and a wrong name would pass unseen; Envoy reads the new. */
function subjectAltName(spiffeId: string): object {
  return {
    match_subject_alt_names: [{ exact: spiffeId }],
    match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: spiffeId } }],
  };
}
