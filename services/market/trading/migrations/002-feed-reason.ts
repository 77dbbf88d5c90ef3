import { type Kysely, sql } from 'kysely';

/** A feed is kept with the reason for its end in place of words, which could hold anything. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table feed rename column message to reason`.execute(db);
  await sql`update feed set reason = 'INTERNAL' where reason <> ''`.execute(db);
}
