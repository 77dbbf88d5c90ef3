import type { Http2ServerRequest } from 'node:http2';
import { isFront } from '@weft/mesh/contracts';
import type { CallContext, HttpContext, Peer } from '@weft/mesh/runtime';
import { networkOf } from '../../../kit/http/networkOf.ts';

/** From where a call comes, as far as it is known. */
export interface Client {
  /** IP address outside of the mesh; empty for a call that does not come by the edge, or by GraphQL behind it. */
  readonly address: string;
  /** What one site has: the address itself, or the first 48 bits of an IPv6 address, as the edge counts too. */
  readonly network: string;
  /** What it calls itself, at most 200 characters. */
  readonly userAgent: string;
}

const LONGEST_USER_AGENT = 200;

/** Reads it from what the edge says: Envoy takes such a header off calls that bring it along. */
export function clientOf({ peer, metadata }: Pick<CallContext, 'peer' | 'metadata'>): Client {
  return readClient(peer, (name) => String(metadata.get(name)[0] ?? ''));
}

/** The same of a request of HTTP. */
export function httpClientOf(
  { headers }: Pick<Http2ServerRequest, 'headers'>,
  { peer }: Pick<HttpContext, 'peer'>,
): Client {
  return readClient(peer, (name) => String(headers[name] ?? ''));
}

function readClient(peer: Peer | undefined, header: (name: string) => string): Client {
  const address = isFront(peer?.service) ? header('x-envoy-external-address') : '';
  return {
    address,
    network: networkOf(address),
    userAgent: header('user-agent').slice(0, LONGEST_USER_AGENT),
  };
}
