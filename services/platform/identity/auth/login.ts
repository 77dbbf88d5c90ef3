import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import { describeUser } from '../accounts/describeUser.ts';
import { findAccountByEmail } from '../accounts/findAccount.ts';
import { normalizeEmail } from '../accounts/normalizeEmail.ts';
import { passwordLimits } from '../attempts/limits.ts';
import { rememberNetwork } from '../attempts/rememberNetwork.ts';
import { ANYBODY, recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import { accountDisabled, unauthenticated } from '../errors.ts';
import type { Identity } from '../Identity.ts';
import { issueTokens } from '../sessions/issueTokens.ts';
import { startSession } from '../sessions/startSession.ts';
import { takeCode } from '../totp/secondFactor.ts';

/** Signs a user in by address and password. */
export function login(identity: Identity): HandlersOf<AuthServiceDefinition>['login'] {
  const { database, hasher, attempts } = identity;
  return async ({ email: given, password, code }, context) => {
    const email = normalizeEmail(given);
    const client = clientOf(context);
    const found = await findAccountByEmail(database, email, client.network);
    const limits = passwordLimits(email, client, found?.isKnownNetwork ?? false);
    using attempt = await attempts.begin(limits);
    const accountId = found?.account.id;
    const fail = async (reason: string, message: string): Promise<never> => {
      await attempt.fail();
      const details = { method: 'password', reason };
      const record = { accountId, action: 'login_failed', actor: ANYBODY, client, details };
      // Of an account that there is not, too: it takes its time.
      await recordAudit(identity, database, record);
      throw unauthenticated(reason, message);
    };
    const matches = await hasher.verify(found?.passwordHash, password);
    if (!found || !matches) {
      return fail(
        'CREDENTIALS_INVALID',
        'the address or the password is wrong, or the address is not verified yet',
      );
    }
    const { account, passwordHash, secondFactor, isKnownNetwork } = found;
    const { roles } = account;
    if (account.disabled_at) throw accountDisabled();
    if (secondFactor && code === '') {
      // Nothing was guessed.
      throw unauthenticated('SECOND_FACTOR_REQUIRED', 'a code is needed, too');
    }
    if (secondFactor && !(await takeCode(identity, database, account.id, code))) {
      return fail('SECOND_FACTOR_INVALID', 'the code is wrong, or has been used');
    }
    if (!isKnownNetwork) await rememberNetwork(identity, database, account.id, client);
    const shown = passwordHash === undefined ? {} : { passwordHash };
    const started = { accountId: account.id, method: 'password', client, roles, ...shown };
    const session = await startSession(identity, database, started);
    return issueTokens(identity, describeUser(found), session);
  };
}
