import type { Principal } from '@weft/mesh/principal';
import { type CallContext, RpcError, Status } from '@weft/mesh/runtime';
import { unauthenticated } from '../errors.ts';

/** The user on whose behalf a call is made; undefined: nobody's, or a program's. */
export function userOf({ principal }: CallContext): Principal | undefined {
  return principal?.kind === 'user' ? principal : undefined;
}

/**
 * The user who calls about himself.
 *
 * @param userId As the request names him: his own id, or "me".
 * @throws RpcError UNAUTHENTICATED for nobody, PERMISSION_DENIED for somebody else.
 */
export function ownUser(context: CallContext, userId: string): Principal {
  const user = userOf(context);
  if (!user) throw unauthenticated('USER_REQUIRED', 'this is for a user who is signed in');
  if (userId === 'me' || userId === user.subject) return user;
  throw new RpcError(Status.PERMISSION_DENIED, 'this is another user’s');
}
