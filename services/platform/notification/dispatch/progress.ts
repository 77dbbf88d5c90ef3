import { type Kysely, sql } from 'kysely';
import type { DB } from '../database.ts';
import type { ClaimedNotification } from './claim.ts';

/** How a notification ends. */
export type EndState = 'DELIVERED' | 'SUPPRESSED' | 'FAILED' | 'EXPIRED';

/** What was decided about a notification. */
export interface Decided {
  /** In UPPER_SNAKE_CASE, such as "QUIET_HOURS". */
  readonly reason: string;
  readonly description: string;
}

type Claim = Pick<ClaimedNotification, 'id' | 'claims'>;

/**
 * Ends a notification, unless somebody else has taken it over meanwhile.
 *
 * @returns whether it was ended by this.
 */
export async function end(
  database: Kysely<DB>,
  { id, claims }: Claim,
  now: Date,
  state: EndState,
  { reason, description }: Decided,
): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('notification')
    .set({
      ...{ state, reason, due_at: null, ended_at: now },
      decisions: appended(now, { reason: reason || state, description }),
    })
    .where('id', '=', id)
    .where('claims', '=', claims)
    .where('state', '=', 'PENDING')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export interface Postponement extends Partial<Decided> {
  readonly dueAt: Date;
  /** Which of its channels is asked then. */
  readonly channel: number;
  /** Tries of that one so far. */
  readonly tries: number;
  /** The digest that it waits for; null: none. Default: the same as before. */
  readonly digestAt?: Date | null;
  /** Until when the last channel is tried. Default: the same as before. */
  readonly giveUpAt?: Date;
}

/** Has a notification tried later, unless somebody else has taken it over meanwhile. */
export async function postpone(
  database: Kysely<DB>,
  { id, claims }: Claim,
  now: Date,
  { dueAt, channel, tries, digestAt, giveUpAt, reason, description = '' }: Postponement,
): Promise<void> {
  await database
    .updateTable('notification')
    .set({
      ...{ due_at: dueAt, channel, tries },
      ...(digestAt !== undefined && { digest_at: digestAt }),
      ...(giveUpAt !== undefined && { give_up_at: giveUpAt }),
      ...(reason !== undefined && { decisions: appended(now, { reason, description }) }),
    })
    .where('id', '=', id)
    .where('claims', '=', claims)
    .where('state', '=', 'PENDING')
    .execute();
}

function appended(now: Date, { reason, description }: Decided) {
  const decision = JSON.stringify([{ time: now.toISOString(), reason, description }]);
  return sql<never>`decisions || ${decision}::jsonb`;
}
