import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table chain_checkpoint (
      product text primary key,
      sequence bigint not null,
      -- A market.v1.ChainUpdated: what the product's market goes on from where the stream has none of it left.
      chain bytea not null
    )`.execute(db);
}
