import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [lane, endpoint, due]) await statement.execute(db);
}

const lane = sql`
  create index notification_lane on notification ((channels[channel + 1]), due_at)
    where state = 'PENDING'`;

const endpoint = sql`
  create index notification_endpoint on notification (endpoint_id, due_at, id)
    where state = 'PENDING' and endpoint_id is not null`;

const due = sql`drop index notification_due`;
