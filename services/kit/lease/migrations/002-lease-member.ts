import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Who takes part where several leases are shared among all instances that live.
  await sql`
    create table weft.lease_member (
      share text not null,
      owner text not null,
      expires_at timestamptz not null,
      primary key (share, owner)
    )`.execute(db);
}
