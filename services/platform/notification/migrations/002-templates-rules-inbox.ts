import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    ...[template, rule, ruleOfEvent, eventOutcome, outcomeOfEvent],
    ...[inbox, inboxItem, inboxChange, unread],
  ]) {
    await statement.execute(db);
  }
}

const template = sql`
  create table template (
    -- Ordered as the service orders those that come with it.
    name text collate "C" not null,
    version integer not null check (version > 0),
    -- The variables, each with an example.
    example jsonb not null,
    -- By language tags, each with subject, text and html.
    texts jsonb not null,
    created_at timestamptz not null,
    primary key (name, version)
  )`;

const rule = sql`
  create table rule (
    id uuid primary key,
    event_subject text not null,
    condition text not null,
    template text not null,
    user_field text not null,
    category text not null,
    critical boolean not null,
    channels text[] not null,
    disabled boolean not null,
    -- Counts the changes of the row.
    version integer not null default 1,
    created_at timestamptz not null
  )`;

const ruleOfEvent = sql`create index rule_event on rule (event_subject) where not disabled`;

const eventOutcome = sql`
  create table event_outcome (
    id uuid primary key,
    event_subject text not null,
    event_key text not null,
    event_time timestamptz not null,
    -- Null: there was none. It may be gone by now.
    rule_id uuid,
    outcome text not null,
    description text not null default '',
    notification_id uuid,
    created_at timestamptz not null
  )`;

const outcomeOfEvent = sql`
  create index event_outcome_event on event_outcome (event_key, event_subject, id)`;

const inbox = sql`
  create table inbox (
    user_id uuid primary key,
    -- Counts the changes, in the order of their commits: each locks the row.
    revision bigint not null
  )`;

const inboxItem = sql`
  create table inbox_item (
    -- That of its notification.
    id uuid primary key,
    user_id uuid not null references inbox on delete cascade,
    -- Of its last change.
    revision bigint not null,
    category text not null,
    subject text not null,
    text text not null,
    created_at timestamptz not null,
    read_at timestamptz
  )`;

const unread = sql`create index inbox_item_unread on inbox_item (user_id) where read_at is null`;

const inboxChange = sql`create index inbox_item_change on inbox_item (user_id, revision)`;
