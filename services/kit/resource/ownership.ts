import { isFront, type ResourceContract } from '@weft/mesh/contracts';
import { type CallContext, errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { Reason } from '../Reason.ts';
import type { Fields } from './fields.ts';

/** Who acts, of a call's or an HTTP request's context. */
export type Actor = Pick<CallContext, 'principal' | 'peer'> & Partial<Pick<CallContext, 'method'>>;

/**
 * The id by which a caller owns resources: his own, or his organisation's. Lists are narrowed by it.
 *
 * @param allowsServices Whether services may act for themselves here.
 * @returns undefined for who may see those of all: users with one of the contract's roles, and such services.
 * @throws RpcError UNAUTHENTICATED for a caller who has not said who he is; PERMISSION_DENIED, reason NOT_OWNER, for one
 *   without an active organisation, where organisations own.
 * @throws Error for a resource whose contract has no owner.
 */
export function ownerIdOf(
  { owner, type }: ResourceContract,
  { principal, peer }: Actor,
  allowsServices: boolean,
): string | undefined {
  if (!owner) throw new Error(`${type} has no owner in its contract`);
  if (!principal || principal.kind === 'service') {
    const isService = peer?.service !== undefined && peer.service !== '' && !isFront(peer.service);
    if (isService && allowsServices) return undefined;
    throw new RpcError(Status.UNAUTHENTICATED, 'who calls has not said who he is');
  }
  if (owner.roles.some((role) => principal.roles.includes(role))) return undefined;
  const id = owner.kind === 'user' ? principal.subject : principal.organization;
  if (id) return id;
  throw notOwner('no organisation is active in the session');
}

/** @throws RpcError PERMISSION_DENIED, reason NOT_OWNER, and as ownerIdOf(). */
export function assertOwner(
  contract: ResourceContract,
  resource: Fields,
  actor: Actor,
  allowsServices: boolean,
): void {
  const id = ownerIdOf(contract, actor, allowsServices);
  if (id === undefined) return;
  const owner = contract.owner && resource[contract.owner.field.localName];
  // A resource without an owner is nobody's.
  if (owner !== id) throw notOwner(`this ${contract.message.name} is somebody else's`);
}

function notOwner(message: string): RpcError {
  return new RpcError(Status.PERMISSION_DENIED, message, {
    details: [errorInfo(Reason.NOT_OWNER)],
  });
}
