import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConsulClient, findServers, signCertificate } from '../../mesh/consul/index.ts';
import { certificateRequest } from '../../mesh/runtime/identity/certificateRequest.ts';

/**
 * Folder with a certificate for any URI that Consul signs for the client's token.
 *
 * @param parent Where the folder is made.
 * @throws ConsulError when Consul refuses it.
 */
export async function signedIdentity(
  consul: ConsulClient,
  uri: string,
  parent: string,
): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const request = certificateRequest(privateKey, uri);
  const certificate = await signCertificate(consul, request, await findServers(consul));
  const folder = await mkdtemp(join(parent, 'signed-'));
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFile(join(folder, 'key.pem'), key, { mode: 0o600 });
  await writeFile(join(folder, 'cert.pem'), certificate);
  return folder;
}

/**
 * The same, for a DNS name beside the URI.
 *
 * @throws ConsulError when Consul refuses it.
 */
export async function signedWithDnsName(
  consul: ConsulClient,
  uri: string,
  dnsName: string,
  parent: string,
): Promise<string> {
  const folder = await mkdtemp(join(parent, 'signed-'));
  const request = execFileSync(
    'openssl',
    [
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', join(folder, 'key.pem'), '-subj', '/'],
      ...['-addext', `subjectAltName=URI:${uri},DNS:${dnsName}`],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const certificate = await signCertificate(consul, request, await findServers(consul));
  await writeFile(join(folder, 'cert.pem'), certificate);
  return folder;
}
