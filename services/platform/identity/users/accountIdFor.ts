import { type CallContext, errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { Reason } from '../../../kit/Reason.ts';
import { unauthenticated } from '../errors.ts';
import { ADMIN } from '../roles/roles.ts';

/**
 * Whose account a call is about: the caller's own, also where he acts by an API key, or for an administrator any.
 *
 * @param userId As the request names him: an id, or "me".
 * @throws RpcError UNAUTHENTICATED for nobody; PERMISSION_DENIED, reason NOT_OWNER, for somebody else's.
 */
export function accountIdFor({ principal }: CallContext, userId: string): string {
  if (!principal) throw unauthenticated('USER_REQUIRED', 'this is for a user who is signed in');
  const { subject, roles } = principal;
  if (userId === 'me' || userId === subject) return subject;
  if (roles.includes(ADMIN)) return userId;
  throw new RpcError(Status.PERMISSION_DENIED, 'this is another user’s', {
    details: [errorInfo(Reason.NOT_OWNER)],
  });
}
