import { status as Status } from '@grpc/grpc-js';
import { type AccessRule, asksForPrincipal, isFront } from '../../contracts/index.ts';
import type { Principal } from '../../principal/index.ts';
import { errorInfo, RuntimeReason } from '../rpc/errorInfo.ts';
import { RpcError } from '../rpc/RpcError.ts';
import type { Peer } from '../server/Peer.ts';
import { unauthenticated } from './Principals.ts';

/**
 * Whether a call may be served by what the contract says of who may call. Which services may call at all, their intentions
 * have said before.
 *
 * @param peer Asked only where a service may call without a principal.
 * @throws RpcError UNAUTHENTICATED where nobody is known who has to be, PERMISSION_DENIED for who may not.
 */
export function authorize(
  rule: AccessRule,
  principal: Principal | undefined,
  peer: () => Peer | undefined,
): void {
  if (!asksForPrincipal(rule)) return;
  const { access, roles, scopes, allowsServices } = rule;
  if (!principal) {
    if (allowsServices && isService(peer())) return;
    throw unauthenticated('this call needs a principal', RuntimeReason.PRINCIPAL_REQUIRED);
  }
  switch (principal.kind) {
    case 'user':
      if (access === 'api_key') throw wrongKind(principal);
      if (access === 'user' || (access === 'user_or_api_key' && roles.length === 0)) return;
      assertOneOf(roles, principal.roles, 'role', RuntimeReason.ROLE_REQUIRED);
      return;
    case 'api_key':
      if (access === 'user' || access === 'role') throw wrongKind(principal);
      if (access === 'api_key' && scopes.length === 0) return;
      assertOneOf(scopes, principal.scopes, 'scope', RuntimeReason.SCOPE_REQUIRED);
      return;
    case 'service':
      if (!allowsServices) throw wrongKind(principal);
  }
}

/** The edge, and whoever else stands before callers from outside, calls for nobody where it says of nobody. */
function isService(peer: Peer | undefined): boolean {
  return peer?.service !== undefined && !isFront(peer.service);
}

function assertOneOf(
  needed: readonly string[],
  held: readonly string[],
  what: 'role' | 'scope',
  reason: string,
): void {
  if (needed.some((one) => held.includes(one))) return;
  throw denied(`a ${what} is missing`, reason, { [`${what}s`]: needed.join(',') });
}

function wrongKind({ kind }: Principal): RpcError {
  return denied(`a principal of kind ${kind} may not`, RuntimeReason.PRINCIPAL_KIND, { kind });
}

function denied(
  message: string,
  reason: string,
  metadata: Readonly<Record<string, string>>,
): RpcError {
  return new RpcError(Status.PERMISSION_DENIED, message, {
    details: [errorInfo(reason, metadata)],
  });
}
