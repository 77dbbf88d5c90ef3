import { type Kysely, sql } from 'kysely';
import type { DB } from '../database.ts';
import type { ClaimedNotification } from './claim.ts';

const MOST_ANSWER = 1_000;

/**
 * Notes that a channel is about to be asked.
 *
 * @returns the number of the attempt; undefined when somebody else has taken the notification over.
 */
export async function beginAttempt(
  database: Kysely<DB>,
  { id, claims }: Pick<ClaimedNotification, 'id' | 'claims'>,
  channel: string,
  now: Date,
): Promise<number | undefined> {
  return database.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable('notification')
      .set({ attempts: sql`attempts + 1` })
      .where('id', '=', id)
      .where('claims', '=', claims)
      .where('state', '=', 'PENDING')
      .returning('attempts')
      .executeTakeFirst();
    if (!row) return undefined;
    await transaction
      .insertInto('attempt')
      .values({ notification_id: id, number: row.attempts, channel, started_at: now })
      .execute();
    return row.attempts;
  });
}

/** Notes what has come of it. */
export async function endAttempt(
  database: Kysely<DB>,
  { id }: Pick<ClaimedNotification, 'id'>,
  number: number,
  now: Date,
  outcome: 'ACCEPTED' | 'DEFERRED' | 'REJECTED',
  answer: string,
): Promise<void> {
  await database
    .updateTable('attempt')
    .set({ ended_at: now, outcome, answer: answer.slice(0, MOST_ANSWER) })
    .where('notification_id', '=', id)
    .where('number', '=', number)
    .execute();
}
