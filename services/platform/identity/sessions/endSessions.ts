import type { SessionEndReason } from '@weft/proto/identity/v1/session';
import type { Transaction } from 'kysely';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { addRevocations } from '../publication/addRevocations.ts';

export type EndReason = Exclude<keyof typeof SessionEndReason, 'UNSPECIFIED'>;

/** Which sessions of an account: one, or all but one. */
export interface EndedSessions {
  readonly accountId: string;
  readonly only?: string;
  readonly except?: string | undefined;
}

/**
 * Ends sessions: their refresh tokens are good for nothing from the commit on, their access tokens not two seconds later.
 *
 * @returns the ids of those that had not ended.
 */
export async function endSessions(
  identity: Identity,
  transaction: Transaction<DB>,
  { accountId, only, except }: EndedSessions,
  reason: EndReason,
): Promise<string[]> {
  const now = identity.clock.now();
  const ended = await transaction
    .updateTable('session')
    .set({ ended_at: now, end_reason: reason })
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null)
    .$if(only !== undefined, (query) => query.where('id', '=', only as string))
    .$if(except !== undefined, (query) => query.where('id', '!=', except as string))
    .returning('id')
    .execute();
  const ids = ended.map(({ id }) => id);
  if (ids.length === 0) return ids;
  await addRevocations(identity, transaction, ids, now);
  return ids;
}
