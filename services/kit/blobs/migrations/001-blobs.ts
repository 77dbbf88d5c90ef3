import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Blobs that may be in the store: each is noted before it is put there.
  await sql`
    create table weft.blob (
      id text primary key,
      -- When somebody has last put it.
      put_at timestamptz not null default clock_timestamp()
    )`.execute(db);
}
