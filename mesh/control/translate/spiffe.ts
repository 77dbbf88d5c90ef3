import type { MeshIdentity } from '../watch/MeshIdentity.ts';

/** The URI in the certificate that Consul issues to a service. */
export function spiffeId(identity: MeshIdentity, service: string): string {
  return `${spiffePrefix(identity)}${service}`;
}

/** What the SPIFFE ids of all services of this datacenter begin with, and nothing else does. */
export function spiffePrefix({ trustDomain, datacenter }: MeshIdentity): string {
  return `spiffe://${trustDomain}/ns/default/dc/${datacenter}/svc/`;
}
