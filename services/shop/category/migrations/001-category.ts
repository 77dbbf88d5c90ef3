import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table category (
      -- A UUID of version 7: in the order of their making.
      id uuid primary key,
      name text not null,
      slug text not null unique,
      -- Null: a root. What is below a category is found by this alone: a path that was kept beside it could be stale.
      parent_id uuid references category,
      image_uri text not null default '',
      -- Among those of its parent, from 0 without gaps: all changes of it are made under one lock.
      position integer not null,
      created_at timestamptz not null default clock_timestamp(),
      -- Counts the changes, those of its position aside.
      version bigint not null default 1,
      check (parent_id <> id)
    )`.execute(db);
  await sql`create index on category (parent_id, position)`.execute(db);
}
