import { type Kysely, sql } from 'kysely';

/** A table that is divided as those of chains are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table enrichment (
      product text not null,
      time_us bigint not null,
      epoch bigint not null,
      sequence bigint not null,
      -- A market.v1.ChainEnriched.
      figures bytea not null,
      primary key (product, time_us)
    ) partition by range (time_us)`.execute(db);
}
