import { randomUUIDv7 } from 'node:crypto';
import type { HandlersOf } from '@weft/mesh/runtime';
import type { AuthServiceDefinition } from '@weft/proto/identity/v1/auth';
import { transact } from '../../../kit/database/transact.ts';
import { normalizeEmail } from '../accounts/normalizeEmail.ts';
import { mailLimit } from '../attempts/limits.ts';
import type { Identity } from '../Identity.ts';
import { VERIFY_EMAIL_MS } from '../mails/linkLives.ts';
import { requestMail } from '../mails/requestMail.ts';
import { checkPassword } from '../passwords/checkPassword.ts';

/** Keeps what is asked for until its link is followed. A taken address makes no difference but in the mail's words. */
export function register(identity: Identity): HandlersOf<AuthServiceDefinition>['register'] {
  const { database, hasher, attempts, clock } = identity;
  return async ({ email: given, password, displayName }) => {
    const email = normalizeEmail(given);
    await checkPassword('password', password, email);
    const passwordHash = await hasher.hash(password);
    if (!(await attempts.take(mailLimit(email)))) return { success: true };
    const id = randomUUIDv7();
    const expiresAt = new Date(clock.now().getTime() + VERIFY_EMAIL_MS);
    await transact(database, async (transaction) => {
      await transaction
        .insertInto('registration')
        .values({
          ...{ id, email, password_hash: passwordHash },
          ...{ display_name: displayName, expires_at: expiresAt },
        })
        .execute();
      const taken = await transaction
        .selectFrom('account')
        .select('id')
        .where('email', '=', email)
        .executeTakeFirst();
      await requestMail(identity, transaction, {
        ...(taken ? { kind: 'ADDRESS_TAKEN' } : { kind: 'VERIFY_EMAIL', tokenId: id }),
        ...{ email, expiresAt },
      });
    });
    return { success: true };
  };
}
