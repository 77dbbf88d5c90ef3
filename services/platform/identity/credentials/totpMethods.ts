import { randomBytes } from 'node:crypto';
import type { HandlersOf } from '@weft/mesh/runtime';
import type { CredentialServiceDefinition } from '@weft/proto/identity/v1/credential';
import type { Transaction } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import { ownUser } from '../client/userOf.ts';
import type { DB } from '../database.ts';
import { unauthenticated } from '../errors.ts';
import type { Identity } from '../Identity.ts';
import { NOTICE_MS } from '../mails/linkLives.ts';
import { requestMail } from '../mails/requestMail.ts';
import { replaceRecoveryCodes } from '../totp/recoveryCodes.ts';
import { TOTP_USE, takeTotp } from '../totp/secondFactor.ts';
import { totpOf } from '../totp/totpOf.ts';
import { confirmPassword } from './confirmPassword.ts';

/** As long as the digest of SHA-1, as RFC 4226 recommends. */
const SECRET_BYTES = 20;

type Methods = Pick<
  HandlersOf<CredentialServiceDefinition>,
  'enrollTotp' | 'confirmTotp' | 'disableTotp' | 'replaceRecoveryCodes'
>;

/** The methods about the second factor. */
export function totpMethods(identity: Identity): Methods {
  const { database, secret, clock } = identity;
  return {
    async enrollTotp(request, context) {
      const { account, secondFactor } = await confirmPassword(identity, context, request);
      if (secondFactor) throw alreadyEnabled();
      const key = randomBytes(SECRET_BYTES);
      const sealed = secret.seal(TOTP_USE, account.id, key);
      const { numInsertedOrUpdatedRows } = await database
        .insertInto('totp')
        .values({ account_id: account.id, secret: sealed })
        .onConflict((conflict) =>
          conflict
            .column('account_id')
            .doUpdateSet({ secret: sealed, last_step: 0 })
            .where('totp.confirmed_at', 'is', null),
        )
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows === 0n) throw alreadyEnabled();
      const totp = totpOf(key, account.email ?? account.id);
      return { secret: totp.secret.base32, uri: totp.toString() };
    },

    async confirmTotp({ userId, code }, context) {
      const { subject: accountId, session: sessionId } = ownUser(context, userId);
      const client = clientOf(context);
      const recoveryCodes = await transact(database, async (transaction) => {
        const enrolled = await transaction
          .selectFrom('totp')
          .innerJoin('account', 'account.id', 'totp.account_id')
          .select(['totp.confirmed_at', 'account.email'])
          .where('totp.account_id', '=', accountId)
          .forUpdate('totp')
          .executeTakeFirst();
        if (!enrolled) throw notEnrolled();
        if (enrolled.confirmed_at) throw alreadyEnabled();
        if (!(await takeTotp(identity, transaction, accountId, code))) {
          throw unauthenticated('SECOND_FACTOR_INVALID', 'the code is wrong');
        }
        await transaction
          .updateTable('totp')
          .set({ confirmed_at: clock.now() })
          .where('account_id', '=', accountId)
          .execute();
        const codes = await replaceRecoveryCodes(identity, transaction, accountId);
        const record = { accountId, action: 'second_factor_enabled', sessionId, client };
        await recordAudit(identity, transaction, record);
        await tell(identity, transaction, enrolled.email, 'SECOND_FACTOR_ENABLED');
        return codes;
      });
      return { recoveryCodes };
    },

    async disableTotp(request, context) {
      const { account, client, sessionId } = await confirmPassword(identity, context, request);
      const accountId = account.id;
      await transact(database, async (transaction) => {
        await transaction.deleteFrom('totp').where('account_id', '=', accountId).execute();
        await transaction.deleteFrom('recovery_code').where('account_id', '=', accountId).execute();
        const record = { accountId, action: 'second_factor_disabled', sessionId, client };
        await recordAudit(identity, transaction, record);
        await tell(identity, transaction, account.email, 'SECOND_FACTOR_DISABLED');
      });
      return { success: true };
    },

    async replaceRecoveryCodes(request, context) {
      const { account, client, sessionId } = await confirmPassword(identity, context, request);
      const accountId = account.id;
      const recoveryCodes = await transact(database, async (transaction) => {
        const codes = await replaceRecoveryCodes(identity, transaction, accountId);
        const record = { accountId, action: 'recovery_codes_replaced', sessionId, client };
        await recordAudit(identity, transaction, record);
        return codes;
      });
      return { recoveryCodes };
    },
  };
}

async function tell(
  identity: Identity,
  transaction: Transaction<DB>,
  email: string | null,
  kind: 'SECOND_FACTOR_ENABLED' | 'SECOND_FACTOR_DISABLED',
): Promise<void> {
  if (email === null) return;
  const expiresAt = new Date(identity.clock.now().getTime() + NOTICE_MS);
  await requestMail(identity, transaction, { kind, email, expiresAt });
}

function alreadyEnabled() {
  return failedPrecondition('SECOND_FACTOR_ENABLED', 'the account has a second factor');
}

function notEnrolled() {
  return failedPrecondition('SECOND_FACTOR_NOT_ENROLLED', 'no second factor waits for its code');
}
