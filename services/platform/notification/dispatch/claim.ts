import { type Kysely, type Selectable, sql } from 'kysely';
import type { DB, Notification } from '../database.ts';

export type ClaimedNotification = Selectable<Notification>;

/** What a process may take on now. */
export interface Room {
  /** How many more of each channel. */
  readonly free: ReadonlyMap<string, number>;
  /** Endpoints that are being told something: each is told one thing at a time. */
  readonly busyEndpoints: readonly string[];
}

/** After that long without an end another takes over. Longer than a try of any channel takes. */
export const CLAIM_MS = 45_000;

/**
 * Takes notifications that are due, so that nobody else does for a while: of each channel the oldest first, and of each
 * endpoint one.
 *
 * @param room How many of which.
 */
export async function claimDue(
  database: Kysely<DB>,
  now: Date,
  { free, busyEndpoints }: Room,
): Promise<ClaimedNotification[]> {
  const lanes = [...free].filter(([, count]) => count > 0);
  if (lanes.length === 0) return [];
  const channels = lanes.map(([channel]) => channel);
  const counts = lanes.map(([, count]) => count);
  const due = sql<string>`any(array(
    select due.id
    from unnest(${channels}::text[], ${counts}::int[]) as lane (channel, free)
    cross join lateral (
      select id
      from notification as one
      where state = 'PENDING' and channels[one.channel + 1] = lane.channel and due_at <= ${now}
        and (endpoint_id is null or (
          endpoint_id <> all(${busyEndpoints}::uuid[])
          and not exists (
            select from notification as earlier
            where earlier.endpoint_id = one.endpoint_id and earlier.state = 'PENDING'
              and (earlier.due_at, earlier.id) < (one.due_at, one.id))))
      order by due_at
      limit lane.free
      for update skip locked
    ) as due))`;
  return database
    .updateTable('notification')
    .set({
      due_at: new Date(now.getTime() + CLAIM_MS),
      claims: sql`claims + 1`,
    })
    .where('id', '=', due)
    .returningAll()
    .execute();
}
