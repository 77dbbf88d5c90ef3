import { randomInt } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Secret } from '../../../kit/secret/Secret.ts';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';

const CODES = 10;
const LENGTH = 10;
/** Crockford's base 32: no letter looks like a digit. Ten of them are 50 bits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Codes for who has lost the second factor, in place of those that there were. @returns them, such as "k3m9q-7xw2c". */
export async function replaceRecoveryCodes(
  { secret }: Identity,
  transaction: Transaction<DB>,
  accountId: string,
): Promise<string[]> {
  const codes = Array.from({ length: CODES }, makeCode);
  await transaction.deleteFrom('recovery_code').where('account_id', '=', accountId).execute();
  await transaction
    .insertInto('recovery_code')
    .values(
      codes.map((code) => ({
        account_id: accountId,
        hash: recoveryCodeHash(secret, accountId, code),
      })),
    )
    .execute();
  return codes;
}

/** What is kept of a code. Spaces, hyphens and capitals do not count. */
export function recoveryCodeHash(secret: Secret, accountId: string, code: string): Buffer {
  const plain = code.toLowerCase().replaceAll(/[\s-]/g, '');
  return secret.mac('recovery codes', Buffer.from(`${accountId} ${plain}`));
}

function makeCode(): string {
  const letters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return `${letters.slice(0, LENGTH / 2).join('')}-${letters.slice(LENGTH / 2).join('')}`;
}
