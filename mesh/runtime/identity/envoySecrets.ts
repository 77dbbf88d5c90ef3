import { createHash } from 'node:crypto';

const SECRET = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/**
 * An SDS answer as Envoy reads it from a file (`path_config_source`). Certificate and key stand in one
 * file, so a rotation cannot be seen by halves.
 */
export function envoySecrets(certificate: string, key: string, roots: string): string {
  const version = createHash('sha256').update(certificate).update(roots).digest('hex');
  return JSON.stringify({
    version_info: version,
    resources: [
      {
        '@type': SECRET,
        name: 'identity',
        tls_certificate: {
          certificate_chain: { inline_string: certificate },
          private_key: { inline_string: key },
        },
      },
      {
        '@type': SECRET,
        name: 'roots',
        validation_context: { trusted_ca: { inline_string: roots } },
      },
    ],
  });
}
