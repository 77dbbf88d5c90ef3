import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- Given out, and not taken yet.
    create table ticket (
      -- SHA-256 of the ticket, which is kept nowhere.
      hash bytea primary key,
      session_id uuid not null references session on delete cascade,
      -- Who asked for it: the roles that he has in this session.
      roles text[] not null,
      -- Id of the organisation that was active; null: none was.
      organization text,
      -- The one path that it opens.
      path text not null,
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index on ticket (session_id)`.execute(db);
  await sql`create index on ticket (expires_at)`.execute(db);
}
