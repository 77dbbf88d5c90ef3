import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // What is known of a saga beside its steps, which its engine keeps.
  await sql`
    create table weft.saga (
      id uuid primary key,
      name text not null,
      -- What it is about: there is one of a name for each.
      key text,
      input text not null,
      actor text,
      trace text,
      state text not null
        check (state in ('scheduled', 'running', 'compensating', 'succeeded', 'compensated')),
      start_at timestamptz not null,
      -- The step that cannot be undone and has begun: since then, there is only forward.
      irreversible text,
      -- The step that does not succeed, how often it has been tried, and why it has failed.
      step text not null default '',
      attempts integer not null default 0,
      cause text not null default '',
      -- When somebody wanted it undone, or tried again at once.
      cancelled_at timestamptz,
      retried_at timestamptz,
      -- When it had ended too many processes to be tried again by itself.
      given_up_at timestamptz,
      output text,
      created_at timestamptz not null default clock_timestamp(),
      updated_at timestamptz not null default clock_timestamp(),
      ended_at timestamptz,
      unique (name, key)
    )`.execute(db);
  await sql`create index on weft.saga (start_at) where state = 'scheduled'`.execute(db);
  await sql`create index on weft.saga (id) where ended_at is null`.execute(db);
  await sql`create index on weft.saga (ended_at)`.execute(db);
  // What steps have changed in the service's own database: a row each, written with it.
  await sql`
    create table weft.saga_change (
      saga uuid not null references weft.saga on delete cascade,
      -- The step, or the step and ":undo".
      step text not null,
      -- False: it was undone before it was done, and never will be.
      done boolean not null,
      result text,
      primary key (saga, step)
    )`.execute(db);
  await sql`
    create table weft.schedule (
      name text primary key,
      -- The last time that something was started for.
      last_at timestamptz not null
    )`.execute(db);
}
