import { type CallContext, type HttpContext, RpcError, Status } from '@weft/mesh/runtime';

/** What the edge is called in the mesh: calls that come by it are not its own. */
const EDGE = 'gateway';

/**
 * Whose lines these are: of the service whose certificate the connection shows; from outside, of the API key.
 *
 * @throws RpcError UNAUTHENTICATED when neither is there.
 */
export function senderOf({
  peer,
  principal,
}: Pick<CallContext | HttpContext, 'peer' | 'principal'>): string {
  if (peer?.service !== undefined && peer.service !== EDGE) return peer.service;
  if (principal?.kind === 'api_key') return `api-key:${principal.session}`;
  throw new RpcError(
    Status.UNAUTHENTICATED,
    'lines have a sender: a service, or a program with an API key',
  );
}
