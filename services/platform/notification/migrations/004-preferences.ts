import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [preferences, digest, ofDigest]) await statement.execute(db);
}

const preferences = sql`
  create table preferences (
    user_id uuid primary key,
    locale text not null,
    time_zone text not null,
    -- Times of the clock on the wall; null: there are none.
    quiet_start text,
    quiet_end text,
    digest_time text not null,
    -- A list of {category, channel, mode}.
    channels jsonb not null,
    -- Counts the changes of the row.
    version integer not null
  )`;

const digest = sql`
  alter table notification
    -- The digest that it waits for: with all of the same user, channel and time in one message.
    add column digest_at timestamptz`;

const ofDigest = sql`
  create index notification_digest on notification (user_id, digest_at) where state = 'PENDING'`;
