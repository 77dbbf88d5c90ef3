import { type Kysely, sql } from 'kysely';

/** Times ending in _us are microseconds since the Unix epoch. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table file (
      -- SHA-256 of the content.
      id text primary key,
      inspected_us bigint not null,
      -- Length of a bar; 0 for a file of ticks.
      interval_us bigint not null,
      tick_count bigint not null,
      bad_row_count bigint not null,
      -- The first few.
      bad_rows text[] not null
    )`.execute(db);
  await sql`
    create table feed (
      id bigint generated always as identity primary key,
      -- Names the source to the receiver, and there is one feed to a source.
      source_name text not null unique,
      -- A market.v1.FeedSource.
      source bytea not null,
      file_id text references file,
      ticks_per_second double precision not null,
      state text not null check (state in ('running', 'finished', 'stopped', 'failed')),
      message text not null,
      -- As of the feed's end; while it runs, the receiver knows.
      acknowledged bigint not null,
      created_us bigint not null
    )`.execute(db);
}
