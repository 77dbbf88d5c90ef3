import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConsulClient } from '../consul/index.ts';
import { envoySecrets } from '../runtime/identity/envoySecrets.ts';
import { readRoots } from '../runtime/identity/Roots.ts';
import { requestLeaf } from '../runtime/identity/requestLeaf.ts';

export interface TestIdentity {
  readonly folder: string;
  readonly cert: string;
  readonly key: string;
  readonly roots: string;
  /** Envoy's secret `identity`; `roots` lies beside it in `sds-roots.json`. */
  readonly sds: string;
  readonly spiffeId: string;
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
  const roots = readRoots((await consul.read('/agent/connect/ca/roots')).value);
  const leaf = await requestLeaf(consul, service, roots.trustDomain);
  const { certificate, key, spiffeId } = leaf;
  const secrets = envoySecrets(certificate, key, roots.certificates);
  const folder = await mkdtemp(join(parent, `identity-of-${service}-`));
  const file = (name: string) => join(folder, name);
  const identity = {
    folder,
    cert: file('cert.pem'),
    key: file('key.pem'),
    roots: file('roots.pem'),
    sds: file('sds.json'),
    spiffeId,
  };
  await Promise.all([
    writeFile(identity.cert, certificate),
    writeFile(identity.key, key, { mode: 0o600 }),
    writeFile(identity.roots, roots.certificates),
    writeFile(identity.sds, secrets.identity, { mode: 0o600 }),
    writeFile(file('sds-roots.json'), secrets.roots),
  ]);
  return identity;
}
