import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [notification, due, ofUser, ofEvent, attempt, caughtMail]) {
    await statement.execute(db);
  }
}

const notification = sql`
  create table notification (
    -- UUIDs are of version 7 and made by the service.
    id uuid primary key,
    category text not null,
    critical boolean not null,
    -- Null: a call asked for it.
    event_subject text,
    event_key text,
    -- One of three says whom it is for: a user, an address, or a mail that identity keeps.
    user_id uuid,
    email text,
    mail_id uuid,
    template text not null,
    -- Null: the user's.
    locale text,
    variables jsonb not null,
    -- In the order in which they are tried; channel counts from 0.
    channels text[] not null,
    channel smallint not null default 0,
    state text not null default 'PENDING'
      check (state in ('PENDING', 'DELIVERED', 'SUPPRESSED', 'FAILED', 'EXPIRED')),
    reason text not null default '',
    -- A list of {time, reason, description}.
    decisions jsonb not null default '[]',
    -- Of all channels.
    attempts integer not null default 0,
    -- Of the present one.
    tries integer not null default 0,
    -- When it is sent, or, while somebody is at it, taken over by another.
    due_at timestamptz,
    -- Until when the last channel is tried.
    give_up_at timestamptz not null,
    -- How often somebody has begun with it: who is late has another number and changes nothing any more.
    claims integer not null default 0,
    created_at timestamptz not null,
    ended_at timestamptz,
    check ((state = 'PENDING') = (due_at is not null)),
    check ((state = 'PENDING') = (ended_at is null))
  )`;

const due = sql`create index notification_due on notification (due_at) where state = 'PENDING'`;
const ofUser = sql`create index notification_user on notification (user_id, id)`;
const ofEvent = sql`create index notification_event on notification (event_key, id)`;

const attempt = sql`
  create table attempt (
    notification_id uuid not null references notification on delete cascade,
    number integer not null,
    channel text not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    -- Null: it is under way, or its process has died at it.
    outcome text check (outcome in ('ACCEPTED', 'DEFERRED', 'REJECTED')),
    answer text not null default '',
    primary key (notification_id, number)
  )`;

const caughtMail = sql`
  create table caught_mail (
    -- The header Message-ID: a mail that is handed over twice is one.
    message_id text primary key,
    id uuid not null unique,
    recipients text[] not null,
    -- As it came: RFC 5322.
    content bytea not null,
    caught_at timestamptz not null
  )`;
