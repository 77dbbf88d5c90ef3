import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // What the service has to tell others, written with the changes that it tells of.
  await sql`
    create table weft.outbox (
      -- Given while the key is locked: of one key, a later commit has a greater one.
      id bigint generated always as identity primary key,
      -- Its place in the stream, given by the one that publishes; null: none yet.
      position bigint unique,
      type text not null,
      subject text not null,
      key text not null,
      payload bytea not null,
      trace text,
      actor text,
      written_at timestamptz not null default clock_timestamp(),
      placed_at timestamptz
    )`.execute(db);
  await sql`create index on weft.outbox (id) where position is null`.execute(db);
  await sql`create index on weft.outbox (placed_at)`.execute(db);
  await sql`
    create table weft.outbox_state (
      singleton boolean primary key default true check (singleton),
      -- Tells this outbox from one that another database had under the service's name.
      outbox uuid not null default gen_random_uuid(),
      -- The last place that has been given.
      position bigint not null default 0,
      -- Of the lease of who may give places.
      epoch bigint not null default 0
    )`.execute(db);
  await sql`insert into weft.outbox_state default values`.execute(db);
  // How far the service has come with the events of another one, in each partition.
  await sql`
    create table weft.event_cursor (
      publisher text not null,
      partition integer not null,
      outbox uuid,
      position bigint not null default 0,
      -- Where that is in the stream, as long as it is the same stream.
      stream text,
      sequence bigint not null default 0,
      -- Of the lease of who may go on.
      epoch bigint not null default 0,
      -- Whether the last who went on has stopped in order.
      stopped boolean not null default true,
      -- The event at which processes have died, and how often.
      suspect bigint,
      deaths integer not null default 0,
      primary key (publisher, partition)
    )`.execute(db);
  // Events that could not be handled, and those that wait behind them.
  await sql`
    create table weft.parked_event (
      id bigint generated always as identity primary key,
      publisher text not null,
      partition integer not null,
      outbox uuid not null,
      position bigint not null,
      type text not null,
      key text not null,
      payload bytea not null,
      trace text,
      actor text,
      written_at timestamptz not null,
      -- Whether later events of the key wait for this one.
      blocks boolean not null,
      -- 'dead': it is not tried again before somebody says so.
      state text not null check (state in ('waiting', 'dead')),
      attempts integer not null,
      -- Why it was not handled; empty for one that only waits behind another.
      cause text not null,
      try_at timestamptz not null,
      parked_at timestamptz not null default clock_timestamp(),
      unique (publisher, outbox, position)
    )`.execute(db);
  await sql`create index on weft.parked_event (publisher, partition, key, position)`.execute(db);
}
