import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Tables that are kept from events of others.
  await sql`
    create table weft.read_model (
      name text primary key,
      -- Of the code that has built it; 0: nobody has.
      generation integer not null default 0,
      -- Whether another one is being built beside it, which events are written to as well.
      is_building boolean not null default false,
      built_at timestamptz,
      row_count bigint,
      checksum text,
      -- When an instance that keeps it has run last.
      seen_at timestamptz not null default clock_timestamp()
    )`.execute(db);
  // What was deleted while another one is being built: rows of its owner that are older are no rows any more.
  await sql`
    create table weft.read_model_deleted (
      name text not null references weft.read_model,
      key text not null,
      version bigint not null,
      primary key (name, key)
    )`.execute(db);
}
