import { type Kysely, sql } from 'kysely';

/** Times ending in _us are microseconds since the Unix epoch, by the market's own clock. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [chain, chainAsItIs, price, minute, day, alert, alertOfOwner, waiting]) {
    await statement.execute(db);
  }
}

const chain = sql`
  create table option_chain (
    product text collate "C" primary key,
    epoch bigint not null,
    sequence bigint not null,
    market_us bigint not null,
    underlying_price double precision not null,
    -- The event, as it came.
    message bytea not null
  )`;

/** Numbers do not get smaller by PostgreSQL's compression, and each chain would pay for the try. */
const chainAsItIs = sql`alter table option_chain alter column message set storage external`;

const price = sql`
  create table option_price (
    product text collate "C" not null,
    market_us bigint not null,
    price double precision not null,
    primary key (product, market_us)
  )`;

const minute = sql`
  create table option_minute (
    product text collate "C" not null,
    -- Start of the minute.
    start_us bigint not null,
    -- Of its last chain.
    market_us bigint not null,
    sequence bigint not null,
    underlying_price double precision not null,
    -- Entry i of each column belongs to the expiry i.
    expiry text[] not null,
    call_volume bigint[] not null,
    put_volume bigint[] not null,
    call_open_interest bigint[] not null,
    put_open_interest bigint[] not null,
    primary key (product, start_us)
  )`;

const day = sql`
  create table option_day (
    product text collate "C" not null,
    -- Such as 2026-11-30, by the calendar where the product is traded.
    day text collate "C" not null,
    open double precision not null,
    high double precision not null,
    low double precision not null,
    close double precision not null,
    -- Of its last chain.
    market_us bigint not null,
    sequence bigint not null,
    chain_count bigint not null,
    call_volume bigint not null,
    put_volume bigint not null,
    call_open_interest bigint not null,
    put_open_interest bigint not null,
    -- At the money for 30 days.
    implied_volatility double precision,
    -- Of the nearest expiry.
    max_pain double precision,
    primary key (product, day)
  )`;

const alert = sql`
  create table price_alert (
    id uuid primary key,
    user_id text collate "C" not null,
    product text collate "C" not null,
    above double precision,
    below double precision,
    move_percent double precision,
    move_window_us bigint,
    created_at timestamptz not null,
    -- Null: it has not. The others likewise.
    fired_at timestamptz,
    fired_price double precision,
    fired_reference_price double precision,
    fired_market_us bigint,
    fired_sequence bigint,
    check (num_nonnulls(above, below, move_percent) = 1),
    check ((move_percent is null) = (move_window_us is null))
  )`;

const alertOfOwner = sql`create index price_alert_user on price_alert (user_id, id)`;

const waiting = sql`create index price_alert_waiting on price_alert (product) where fired_at is null`;
