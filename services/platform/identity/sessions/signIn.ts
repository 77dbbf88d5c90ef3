import type { LoginResponse } from '@weft/proto/identity/v1/auth';
import type { Transaction } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { describeUser } from '../accounts/describeUser.ts';
import { findAccount } from '../accounts/findAccount.ts';
import { lockAccount } from '../accounts/lockAccount.ts';
import type { Client } from '../client/Client.ts';
import type { DB } from '../database.ts';
import { accountDisabled } from '../errors.ts';
import type { Identity } from '../Identity.ts';
import { issueTokens } from './issueTokens.ts';
import { startSession } from './startSession.ts';

export interface SignIn {
  readonly client: Client;
  /** How, such as "wallet". */
  readonly method: string;
  /** How long the session lasts, in milliseconds. Default: SESSION_MS. */
  readonly lifeMs?: number;
  /** That he has in this session besides his own. Default: none. */
  readonly roles?: readonly string[];
}

/**
 * Signs somebody in who has shown who he is by something else than a password.
 *
 * @param find Answers the id of his account, which it may make.
 * @throws RpcError PERMISSION_DENIED, reason ACCOUNT_DISABLED; what `find` throws.
 */
export async function signIn(
  identity: Identity,
  { client, method, lifeMs, roles = [] }: SignIn,
  find: (transaction: Transaction<DB>) => Promise<string>,
): Promise<LoginResponse> {
  const { user, session } = await transact(identity.database, async (transaction) => {
    const accountId = await find(transaction);
    await lockAccount(transaction, accountId);
    const found = await findAccount(transaction, accountId, client.network);
    if (!found || found.account.disabled_at) throw accountDisabled();
    const started = { accountId, method, client, ...(lifeMs === undefined ? {} : { lifeMs }) };
    return {
      user: describeUser(found),
      session: await startSession(identity, transaction, started),
    };
  });
  const all = [...new Set([...user.roles, ...roles])];
  return issueTokens(identity, { ...user, roles: all }, session);
}
