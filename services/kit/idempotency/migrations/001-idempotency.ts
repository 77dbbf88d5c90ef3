import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table weft.idempotency_key (
      -- Whose key it is: two callers may choose the same.
      caller text not null,
      method text not null,
      key text not null,
      request_hash bytea not null,
      -- Null only inside the transaction that makes it.
      response bytea,
      created_at timestamptz not null default clock_timestamp(),
      primary key (caller, method, key)
    )`.execute(db);
  await sql`create index on weft.idempotency_key (created_at)`.execute(db);
}
