import type { CallContext } from '@weft/mesh/runtime';
import { userOf } from '../client/userOf.ts';

/** Who acts, where it need not be the account's own user. */
export function actorOf(context: CallContext): { actor?: string; sessionId?: string } {
  const user = userOf(context);
  return user ? { actor: `user:${user.subject}`, sessionId: user.session } : {};
}
