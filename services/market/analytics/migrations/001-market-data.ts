import { type Kysely, sql } from 'kysely';

/**
 * Times ending in _us are microseconds since the Unix epoch: exact, and what JavaScript numbers hold.
 * Symbols sort by code unit everywhere, so that pages do not depend on the server's locale.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table source (
      name text collate "C" primary key,
      -- Every tick of the source up to this number is in the tables below.
      acknowledged bigint not null
    )`.execute(db);
  await sql`
    create table asset (
      symbol text collate "C" primary key,
      count bigint not null,
      first double precision not null,
      first_us bigint not null,
      last double precision not null,
      last_us bigint not null,
      high double precision not null,
      low double precision not null,
      -- Sum of price times size.
      turnover double precision not null,
      volume double precision not null
    )`.execute(db);
  await sql`
    create table candle (
      symbol text collate "C" not null,
      -- Start of the minute.
      start_us bigint not null,
      open double precision not null,
      open_us bigint not null,
      high double precision not null,
      low double precision not null,
      close double precision not null,
      close_us bigint not null,
      volume double precision not null,
      count bigint not null,
      primary key (symbol, start_us)
    )`.execute(db);
}
