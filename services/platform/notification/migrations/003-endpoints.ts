import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [endpoint, recipients, audience]) await statement.execute(db);
}

const endpoint = sql`
  create table endpoint (
    id uuid primary key,
    channel text not null check (channel in ('SLACK', 'DISCORD', 'WEBHOOK')),
    display_name text not null,
    -- Whoever has it can post there.
    url text not null,
    -- By which messages are signed; null: by none.
    secret bytea,
    created_at timestamptz not null
  )`;

const recipients = sql`
  alter table notification
    -- Two more that say whom it is for.
    add column endpoint_id uuid,
    add column phone text`;

const audience = sql`
  alter table rule
    -- Null: user_field says who is told.
    add column endpoint_id uuid`;
