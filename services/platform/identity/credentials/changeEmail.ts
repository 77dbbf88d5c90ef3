import { randomUUIDv7 } from 'node:crypto';
import type { HandlersOf } from '@weft/mesh/runtime';
import type { CredentialServiceDefinition } from '@weft/proto/identity/v1/credential';
import { transact } from '../../../kit/database/transact.ts';
import { normalizeEmail } from '../accounts/normalizeEmail.ts';
import { mailLimit } from '../attempts/limits.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import type { Identity } from '../Identity.ts';
import { VERIFY_EMAIL_MS } from '../mails/linkLives.ts';
import { requestMail } from '../mails/requestMail.ts';
import { confirmPassword } from './confirmPassword.ts';

/** Sends a link to another address. A taken one makes no difference but in the mail's words. */
export function changeEmail(
  identity: Identity,
): HandlersOf<CredentialServiceDefinition>['changeEmail'] {
  const { database, attempts, clock } = identity;
  return async (request, context) => {
    const { account, client, sessionId } = await confirmPassword(identity, context, request);
    const email = normalizeEmail(request.newEmail);
    if (!(await attempts.take(mailLimit(email)))) return { success: true };
    const expiresAt = new Date(clock.now().getTime() + VERIFY_EMAIL_MS);
    const id = randomUUIDv7();
    await transact(database, async (transaction) => {
      const taken = await transaction
        .selectFrom('account')
        .select('id')
        .where('email', '=', email)
        .executeTakeFirst();
      const link = { id, purpose: 'change_email', account_id: account.id, email };
      await transaction
        .insertInto('one_time_token')
        .values({ ...link, expires_at: expiresAt })
        .execute();
      await recordAudit(identity, transaction, {
        ...{ accountId: account.id, action: 'email_change_requested', sessionId, client },
      });
      await requestMail(identity, transaction, {
        ...(taken ? { kind: 'ADDRESS_TAKEN' } : { kind: 'CHANGE_EMAIL', tokenId: id }),
        ...{ email, expiresAt },
      });
      if (account.email) {
        const mail = { kind: 'EMAIL_CHANGE_REQUESTED', email: account.email, expiresAt } as const;
        await requestMail(identity, transaction, mail);
      }
    });
    return { success: true };
  };
}
