import type { MeshIdentity } from '../watch/MeshIdentity.ts';

/** Names whose SPIFFE id needs no escaping: all that Consul's own DNS can carry, and a little more. */
const SERVICE_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/;

/** Whether a string can be a service of the mesh. */
export function isServiceName(name: string): boolean {
  return SERVICE_NAME.test(name);
}

/** The URI in the certificate that Consul issues to a service. */
export function spiffeId(identity: MeshIdentity, service: string): string {
  return `${spiffePrefix(identity)}${service}`;
}

/** What the SPIFFE ids of all services of this datacenter begin with, and nothing else does. */
export function spiffePrefix({ trustDomain, datacenter }: MeshIdentity): string {
  return `spiffe://${trustDomain}/ns/default/dc/${datacenter}/svc/`;
}
