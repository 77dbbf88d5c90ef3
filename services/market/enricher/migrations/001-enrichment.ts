import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // The newest of each product: what the next one goes on from.
  await sql`
    create table product (
      symbol text primary key,
      sequence bigint not null,
      -- A market.v1.ChainEnriched.
      enriched bytea not null
    )`.execute(db);
  await sql`
    create table enrichment (
      product text not null,
      sequence bigint not null,
      market_time timestamptz not null,
      -- A market.v1.ChainEnriched.
      enriched bytea not null,
      written_at timestamptz not null default clock_timestamp(),
      primary key (product, sequence)
    )`.execute(db);
  await sql`create index on enrichment (product, market_time)`.execute(db);
  // Rows lie as they were written: what is old is found by block.
  await sql`create index on enrichment using brin (written_at)`.execute(db);
  // Bars that have ended. Those under way are in the newest enrichment.
  await sql`
    create table bar (
      product text not null,
      -- A market.v1.BarPeriod.
      period smallint not null,
      start timestamptz not null,
      open double precision not null,
      high double precision not null,
      low double precision not null,
      close double precision not null,
      volume bigint not null,
      written_at timestamptz not null default clock_timestamp(),
      primary key (product, period, start)
    )`.execute(db);
  await sql`create index on bar using brin (written_at)`.execute(db);
}
