import type { CallContext } from '@weft/mesh/runtime';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import { type FoundAccount, findAccount } from '../accounts/findAccount.ts';
import { passwordLimits } from '../attempts/limits.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { type Client, clientOf } from '../client/Client.ts';
import { ownUser } from '../client/userOf.ts';
import { accountDisabled, unauthenticated } from '../errors.ts';
import type { Identity } from '../Identity.ts';
import { takeCode } from '../totp/secondFactor.ts';

/** A user who has shown once more that it is he. */
export interface ConfirmedUser extends FoundAccount {
  readonly client: Client;
  readonly sessionId: string;
}

export interface Confirmation {
  /** As the request has it. */
  readonly userId: string;
  readonly password: string;
  /** Where a code is to be shown, too. Default: none. */
  readonly code?: string;
}

/**
 * Has a user show his password again, as often in vain as at Login.
 *
 * @throws RpcError UNAUTHENTICATED with reason CREDENTIALS_INVALID or SECOND_FACTOR_INVALID; FAILED_PRECONDITION with reason
 *   PASSWORD_NOT_SET for an account without one: ForgotPassword gives it one; and as ownUser().
 */
export async function confirmPassword(
  identity: Identity,
  context: CallContext,
  { userId, password, code }: Confirmation,
): Promise<ConfirmedUser> {
  const { database, attempts, hasher } = identity;
  const { subject, session: sessionId } = ownUser(context, userId);
  const client = clientOf(context);
  const found = await findAccount(database, subject, client.network);
  if (!found) throw unauthenticated('CREDENTIALS_INVALID', 'there is no such account any more');
  const { account, passwordHash, isKnownNetwork } = found;
  if (account.disabled_at) throw accountDisabled();
  if (passwordHash === undefined) {
    throw failedPrecondition('PASSWORD_NOT_SET', 'the account has no password');
  }
  const limits = passwordLimits(account.email ?? subject, client, isKnownNetwork);
  using attempt = await attempts.begin(limits);
  const fail = async (reason: string, message: string): Promise<never> => {
    await attempt.fail();
    const record = { accountId: subject, action: 'confirmation_failed', sessionId, client };
    await recordAudit(identity, database, { ...record, details: { reason } });
    throw unauthenticated(reason, message);
  };
  if (!(await hasher.verify(passwordHash, password))) {
    return fail('CREDENTIALS_INVALID', 'the password is wrong');
  }
  if (code !== undefined && !(await takeCode(identity, database, subject, code))) {
    return fail('SECOND_FACTOR_INVALID', 'the code is wrong, or has been used');
  }
  return { ...found, client, sessionId };
}
