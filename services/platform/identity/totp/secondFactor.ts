import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { recoveryCodeHash } from './recoveryCodes.ts';
import { stepOf, totpOf } from './totpOf.ts';

/** Of the sealed secrets. */
export const TOTP_USE = 'totp';
const TOTP_CODE = /^[0-9]{6}$/;

/**
 * Takes a code of an account's second factor, or one of its recovery codes. It is taken once, also by two who show it at the
 * same time.
 *
 * @returns whether it was good.
 */
export function takeCode(
  identity: Identity,
  database: Kysely<DB>,
  accountId: string,
  code: string,
): Promise<boolean> {
  const take = TOTP_CODE.test(code) ? takeTotp : takeRecoveryCode;
  return take(identity, database, accountId, code);
}

/** Also of a second factor that is not confirmed yet. */
export async function takeTotp(
  { secret, clock }: Identity,
  database: Kysely<DB>,
  accountId: string,
  code: string,
): Promise<boolean> {
  const row = await database
    .selectFrom('totp')
    .select('secret')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (!row) return false;
  const step = stepOf(totpOf(secret.open(TOTP_USE, accountId, row.secret)), code, clock.now());
  if (step === undefined) return false;
  const { numUpdatedRows } = await database
    .updateTable('totp')
    .set({ last_step: step })
    .where('account_id', '=', accountId)
    .where('secret', '=', row.secret)
    .where('last_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function takeRecoveryCode(
  { secret, clock }: Identity,
  database: Kysely<DB>,
  accountId: string,
  code: string,
): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('recovery_code')
    .set({ used_at: clock.now() })
    .where('account_id', '=', accountId)
    .where('hash', '=', recoveryCodeHash(secret, accountId, code))
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
