import { randomUUIDv7 } from 'node:crypto';
import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import { transact } from '../../../kit/database/transact.ts';
import { normalizeEmail } from '../accounts/normalizeEmail.ts';
import { mailLimit } from '../attempts/limits.ts';
import { ANYBODY, recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import type { Identity } from '../Identity.ts';
import { RESET_PASSWORD_MS } from '../mails/linkLives.ts';
import { requestMail } from '../mails/requestMail.ts';

/** Sends a link to set a new password, or says to the address that it has no account. */
export function forgotPassword(
  identity: Identity,
): HandlersOf<AuthServiceDefinition>['forgotPassword'] {
  const { database, attempts, clock } = identity;
  return async ({ email: given }, context) => {
    const email = normalizeEmail(given);
    const client = clientOf(context);
    if (!(await attempts.take(mailLimit(email)))) return { success: true };
    const expiresAt = new Date(clock.now().getTime() + RESET_PASSWORD_MS);
    await transact(database, async (transaction) => {
      const account = await transaction
        .selectFrom('account')
        .select('id')
        .where('email', '=', email)
        .executeTakeFirst();
      const id = randomUUIDv7();
      // As many statements for an address that has no account.
      await transaction
        .insertInto('one_time_token')
        .values({
          ...{ id, purpose: 'reset_password', account_id: account?.id ?? null },
          expires_at: expiresAt,
        })
        .execute();
      await recordAudit(identity, transaction, {
        ...{ accountId: account?.id, action: 'password_reset_requested', actor: ANYBODY, client },
      });
      await requestMail(identity, transaction, {
        ...(account ? { kind: 'RESET_PASSWORD', tokenId: id } : { kind: 'NO_ACCOUNT' }),
        ...{ email, expiresAt },
      });
    });
    return { success: true };
  };
}
