import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConsulClient } from '../consul/index.ts';

export interface TestIdentity {
  readonly folder: string;
  readonly cert: string;
  readonly key: string;
  readonly roots: string;
  /** Envoy's secret `identity`; `roots` lies beside it in `sds-roots.json`. */
  readonly sds: string;
}

interface Leaf {
  readonly CertPEM: string;
  readonly PrivateKeyPEM: string;
}
interface Roots {
  readonly Roots: readonly { readonly RootCert: string }[];
}

/**
 * Has Consul issue a certificate to the service and writes it down with the roots.
 *
 * @param parent Where its folder is made. Default: the folder of temporary files.
 */
export async function writeIdentity(
  consul: ConsulClient,
  service: string,
  parent = tmpdir(),
): Promise<TestIdentity> {
  const leaf = (await consul.read<Leaf>(`/agent/connect/ca/leaf/${service}`)).value;
  const roots = (await consul.read<Roots>('/connect/ca/roots')).value;
  const bundle = roots.Roots.map(({ RootCert }) => RootCert).join('');
  const folder = await mkdtemp(join(parent, `identity-of-${service}-`));
  const file = (name: string) => join(folder, name);
  const identity = {
    folder,
    cert: file('cert.pem'),
    key: file('key.pem'),
    roots: file('roots.pem'),
    sds: file('sds.json'),
  };
  await Promise.all([
    writeFile(identity.cert, leaf.CertPEM),
    writeFile(identity.key, leaf.PrivateKeyPEM, { mode: 0o600 }),
    writeFile(identity.roots, bundle),
    writeFile(identity.sds, secret('identity', certificate(leaf)), { mode: 0o600 }),
    writeFile(file('sds-roots.json'), secret('roots', authority(bundle))),
  ]);
  return identity;
}

const inline = (text: string) => ({ inline_string: text });

function certificate(leaf: Leaf): object {
  return {
    tls_certificate: {
      certificate_chain: inline(leaf.CertPEM),
      private_key: inline(leaf.PrivateKeyPEM),
    },
  };
}

function authority(roots: string): object {
  return { validation_context: { trusted_ca: inline(roots) } };
}

function secret(name: string, content: object): string {
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
  return JSON.stringify({ resources: [{ '@type': type, name, ...content }] });
}
