import type { AuthContext } from '@grpc/grpc-js/build/src/auth-context.js';

/** A caller whose certificate the mesh's CA has signed. */
export interface Peer {
  /** Such as `spiffe://<trust domain>/ns/default/dc/dc1/svc/trading`. */
  readonly spiffeId: string;
  /** Name of the service in Consul, such as "trading"; undefined when the id names none. */
  readonly service: string | undefined;
}

/**
 * An id of Consul's for a service, the whole of it. Consul signs others for the same token, with escapes, a query or a
 * fragment, such as `.../svc/risk?/svc/gateway`: those name nobody.
 */
const SERVICE_ID = /^spiffe:\/\/[^/?#%]+\/ns\/[^/?#%]+\/dc\/[^/?#%]+\/svc\/([^/?#%]+)$/;

/** Who stands behind a connection; undefined without a verified certificate that carries a SPIFFE id. */
export function peerOf({ sslPeerCertificate }: AuthContext): Peer | undefined {
  // Node prints the alternative names as "URI:spiffe://..., DNS:..."; a SPIFFE certificate has one URI.
  const spiffeId = sslPeerCertificate?.subjectaltname
    ?.split(', ')
    .find((name) => name.startsWith('URI:spiffe://'))
    ?.slice('URI:'.length);
  if (!spiffeId) return undefined;
  return { spiffeId, service: SERVICE_ID.exec(spiffeId)?.[1] };
}
