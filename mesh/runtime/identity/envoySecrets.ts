import { createHash } from 'node:crypto';

const SECRET = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** SDS answers as Envoy reads them from files (`path_config_source`), of one secret each. */
export interface EnvoySecrets {
  /** Secret `identity`: certificate and key in one file, so a rotation cannot be seen by halves. */
  readonly identity: string;
  /** Secret `roots`. */
  readonly roots: string;
}

/**
 * Writes PEM as Envoy's secrets. Envoy refuses a file that holds more than the one it asks for.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/security/secret
 */
export function envoySecrets(certificate: string, key: string, roots: string): EnvoySecrets {
  return {
    identity: answer('identity', certificate, {
      tls_certificate: {
        certificate_chain: { inline_string: certificate },
        private_key: { inline_string: key },
      },
    }),
    roots: answer('roots', roots, {
      validation_context: { trusted_ca: { inline_string: roots } },
    }),
  };
}

function answer(name: string, identifying: string, secret: object): string {
  return JSON.stringify({
    version_info: createHash('sha256').update(identifying).digest('hex'),
    resources: [{ '@type': SECRET, name, ...secret }],
  });
}
