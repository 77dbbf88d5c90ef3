import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table weft.lease (
      name text primary key,
      owner text not null,
      -- Grows with each new owner, so that what an earlier one still does can be told.
      epoch bigint not null,
      expires_at timestamptz not null
    )`.execute(db);
}
