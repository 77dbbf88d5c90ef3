import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { type ConsulClient, findServers, signCertificate } from '@weft/mesh/consul';
import { certificateRequest } from './certificateRequest.ts';
import { type Leaf, readLeaf } from './Leaf.ts';

const makeKeyPair = promisify(generateKeyPair);

/**
 * A new key, made here, and a certificate for it that Consul has signed: all that leaves this process is the public part.
 *
 * @param service Name in Consul, such as "analytics".
 * @param trustDomain Of Consul's roots.
 * @throws ConsulError when Consul does not sign it: 403 when the token may not have this name.
 */
export async function requestLeaf(
  consul: ConsulClient,
  service: string,
  trustDomain: string,
  signal?: AbortSignal,
): Promise<Leaf> {
  const servers = await findServers(consul, signal);
  const name = encodeURIComponent(service);
  const spiffeId = `spiffe://${trustDomain}/ns/default/dc/${servers.datacenter}/svc/${name}`;
  const { privateKey } = await makeKeyPair('ec', { namedCurve: 'P-256' });
  const request = certificateRequest(privateKey, spiffeId);
  const certificate = await signCertificate(consul, request, servers, signal);
  return readLeaf(certificate, privateKey, spiffeId);
}
