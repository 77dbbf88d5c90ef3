import type { Notifications } from './Notifications.ts';

/** For so long it is told why something was or was not sent, and what has failed can be replayed. */
const ENDED_MS = 90 * 24 * 3_600_000;

/** What rules have made of events. */
const OUTCOMES_MS = 30 * 24 * 3_600_000;

/** Removes what is too old to mean anything. */
export async function tidy({
  database,
  clock,
}: Pick<Notifications, 'database' | 'clock'>): Promise<void> {
  const before = new Date(clock.now().getTime() - ENDED_MS);
  const outcomesBefore = new Date(clock.now().getTime() - OUTCOMES_MS);
  await database.deleteFrom('event_outcome').where('created_at', '<', outcomesBefore).execute();
  await database.deleteFrom('inbox_item').where('created_at', '<', before).execute();
  await database.deleteFrom('notification').where('ended_at', '<', before).execute();
}
