import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import type { Kysely } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { passwordLimits } from '../attempts/limits.ts';
import { rememberNetwork } from '../attempts/rememberNetwork.ts';
import { clientOf } from '../client/Client.ts';
import type { DB } from '../database.ts';
import { invalidLink } from '../errors.ts';
import type { Identity } from '../Identity.ts';
import { checkPassword } from '../passwords/checkPassword.ts';
import { setPassword } from '../passwords/setPassword.ts';

/** Sets a new password by the link of a mail. */
export function resetPassword(
  identity: Identity,
): HandlersOf<AuthServiceDefinition>['resetPassword'] {
  const { database, tokens, hasher, attempts } = identity;
  return async ({ token, password }, context) => {
    const id = tokens.read('reset_password', token)?.id;
    const found = id === undefined ? undefined : await readLink(identity, database, id);
    if (id === undefined || !found) throw invalidLink();
    const { id: accountId, email, hash: present } = found;
    const client = clientOf(context);
    if (found.used_at) {
      // Who repeats a call whose answer was lost has set the password already; who guesses is counted.
      using attempt = await attempts.begin(passwordLimits(email ?? accountId, client, false));
      if (await hasher.verify(present ?? undefined, password)) return { success: true };
      await attempt.fail();
      throw invalidLink();
    }
    await checkPassword('password', password, email);
    const hash = await hasher.hash(password);
    await transact(database, async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('one_time_token')
        .set({ used_at: identity.clock.now() })
        .where('id', '=', id)
        .where('used_at', 'is', null)
        .executeTakeFirst();
      // Another call was sooner.
      if (numUpdatedRows === 0n) throw invalidLink();
      await rememberNetwork(identity, transaction, accountId, client);
      const change = { accountId, email, hash, client, action: 'password_reset' };
      await setPassword(identity, transaction, change);
    });
    return { success: true };
  };
}

async function readLink({ clock }: Identity, database: Kysely<DB>, id: string) {
  return database
    .selectFrom('one_time_token')
    .innerJoin('account', 'account.id', 'one_time_token.account_id')
    .leftJoin('password', 'password.account_id', 'account.id')
    .select(['account.id', 'account.email', 'password.hash', 'one_time_token.used_at'])
    .where('one_time_token.id', '=', id)
    .where('one_time_token.expires_at', '>', clock.now())
    .executeTakeFirst();
}
