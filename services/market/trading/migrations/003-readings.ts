import { type Kysely, sql } from 'kysely';

/**
 * What is in a file depends on how it is read: a file has a reading for each way. Feeds without one are of before: their
 * file's row in `file` says what it holds.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table reading (
      id bigint generated always as identity primary key,
      -- SHA-256 of the content.
      file_id text not null,
      symbol text not null,
      -- As it was said; 0 when it was left to be found.
      said_length_us bigint not null,
      time_zone text not null,
      inspected_us bigint not null,
      -- 0 for a file of ticks; a month counts as 31 days.
      bar_length_us bigint not null,
      has_others boolean not null,
      row_count bigint not null,
      bad_row_count bigint not null,
      -- The first few.
      bad_rows text[] not null,
      unique (file_id, symbol, said_length_us, time_zone)
    )`.execute(db);
  await sql`
    alter table feed
      add column reading_id bigint references reading,
      add column repeated_bars bigint not null default 0,
      add column corrected_bars bigint not null default 0`.execute(db);
}
