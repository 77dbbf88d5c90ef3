import { randomBytes } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { Clock } from '../../../kit/Clock.ts';
import type { DB } from '../database.ts';

/** How long a message can take to be signed. */
const NONCE_MS = 10 * 60_000;

/**
 * Gives out a nonce for one message, and forgets those that nobody has used in time. It belongs to no wallet: which one
 * signs is not known yet.
 */
export async function giveNonce(
  database: Kysely<DB>,
  clock: Clock,
): Promise<{ nonce: string; expiresAt: Date }> {
  const now = clock.now();
  const nonce = randomBytes(16).toString('hex');
  const expiresAt = new Date(now.getTime() + NONCE_MS);
  await database.deleteFrom('wallet_nonce').where('expires_at', '<=', now).execute();
  await database.insertInto('wallet_nonce').values({ nonce, expires_at: expiresAt }).execute();
  return { nonce, expiresAt };
}

/** Uses a nonce up. @returns whether it was good: given out, not too old, and not used before. */
export async function takeNonce(
  transaction: Transaction<DB>,
  clock: Clock,
  nonce: string,
): Promise<boolean> {
  const taken = await transaction
    .deleteFrom('wallet_nonce')
    .where('nonce', '=', nonce)
    .where('expires_at', '>', clock.now())
    .executeTakeFirst();
  return taken.numDeletedRows > 0n;
}
