import { type Kysely, sql } from 'kysely';

/**
 * Bars are kept as they came in. What ticks have left in `asset` and `candle` stays what it is, the synthetic ticks that
 * bars were sent as by earlier versions included.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bar (
      symbol text collate "C" not null,
      start_us bigint not null,
      -- The bar is of [start_us, end_us).
      end_us bigint not null,
      open double precision not null,
      high double precision not null,
      low double precision not null,
      close double precision not null,
      volume double precision not null,
      primary key (symbol, start_us)
    )`.execute(db);
  await sql`
    create table bar_totals (
      symbol text collate "C" primary key,
      -- Of each of the asset's bars; a month counts as 31 days.
      length_us bigint not null,
      count bigint not null,
      -- Bars that have taken the place of one with other figures.
      corrected_count bigint not null,
      -- Open of the earliest bar, and when it starts.
      first double precision not null,
      first_us bigint not null,
      -- Close of the latest bar, and its last microsecond.
      last double precision not null,
      last_us bigint not null,
      high double precision not null,
      low double precision not null,
      -- Sum of volume times the mean of the four prices.
      turnover double precision not null,
      volume double precision not null
    )`.execute(db);
  await sql`
    alter table source
      add column repeated_bars bigint not null default 0,
      add column corrected_bars bigint not null default 0`.execute(db);
}
