import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Null: the chain did not say.
  await sql`alter table underlying add column time_zone text`.execute(db);
  await sql`alter table expiry_chain add column time_zone text`.execute(db);
}
