import type { EdgePeer } from '../EdgePeer.ts';

/** Weft's edge as it is: Envoy with CORS, limits, refusal of unknown fields, access log. */
export const peer: EdgePeer = {
  name: 'Weft, Envoy',
  start: async ({ mesh }) => ({ url: mesh.edge, pid: await mesh.edgePid() }),
};
