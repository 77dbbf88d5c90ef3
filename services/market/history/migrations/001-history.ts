import { type Kysely, sql } from 'kysely';

/** All times are microseconds since 1970 by the market's own clock. Partitions are weeks: see store/Partitions.ts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table product (
      symbol text primary key,
      last_time_us bigint not null
    )`.execute(db);
  await sql`
    create table underlying (
      product text not null,
      time_us bigint not null,
      epoch bigint not null,
      sequence bigint not null,
      price double precision not null,
      volume bigint not null,
      expiries text[] not null,
      primary key (product, time_us)
    ) partition by range (time_us)`.execute(db);
  await sql`
    create table expiry_chain (
      product text not null,
      expiry text not null,
      time_us bigint not null,
      epoch bigint not null,
      sequence bigint not null,
      underlying_price double precision not null,
      underlying_volume bigint not null,
      -- A market.v1.ExpiryChain: all options of one expiry, in columns.
      options bytea not null,
      primary key (product, expiry, time_us)
    ) partition by range (time_us)`.execute(db);
  // PostgreSQL's compression finds nothing in columns of doubles, and takes its time to.
  await sql`alter table expiry_chain alter column options set storage external`.execute(db);
  await sql`
    create table retention (
      is_only boolean primary key default true check (is_only),
      -- What is older is not taken any more.
      from_us bigint not null
    )`.execute(db);
  await sql`insert into retention (from_us) values (${Number.MIN_SAFE_INTEGER})`.execute(db);
}
