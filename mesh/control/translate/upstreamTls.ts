import { dirname, join, parse } from 'node:path';
import { pack } from '../xds/encode.ts';

/** Name of the certificate provider in the bootstrap of every gRPC process of the mesh. */
export const CERTIFICATE_PROVIDER = 'weft';

/** Where a client finds its certificate and the roots: gRPC by provider, Envoy in files of secrets. */
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

/** Envoy takes one secret from a file, so the roots stand beside the identity: in `<name>-roots.json`. */
function bySecrets(spiffeId: string, file: string): object {
  const secret = (name: string, path: string) => ({
    name,
    sds_config: {
      resource_api_version: 'V3',
      path_config_source: { path, watched_directory: { path: dirname(file) } },
    },
  });
  const { dir, name } = parse(file);
  return {
    tls_certificate_sds_secret_configs: [secret('identity', file)],
    combined_validation_context: {
      default_validation_context: { match_typed_subject_alt_names: [uri(spiffeId)] },
      validation_context_sds_secret_config: secret('roots', join(dir, `${name}-roots.json`)),
    },
  };
}

/** In both fields: gRPC clients read the old one only, and without it a wrong name would pass unseen. */
function subjectAltName(spiffeId: string): object {
  return {
    match_subject_alt_names: [{ exact: spiffeId }],
    match_typed_subject_alt_names: [uri(spiffeId)],
  };
}

function uri(spiffeId: string): object {
  return { san_type: 'URI', matcher: { exact: spiffeId } };
}
