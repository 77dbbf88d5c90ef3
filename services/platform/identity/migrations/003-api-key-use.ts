import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // To the minute, as the edges tell it.
  await sql`alter table api_key add column last_used_at timestamptz`.execute(db);
}
