create table news_item (
  id uuid primary key default uuidv7(),
  -- Of all that it says: the same item that comes again is the one that is there.
  digest bytea not null unique,
  title text not null,
  content text not null,
  source text not null,
  url text not null,
  products text[] not null,
  publish_time timestamptz not null,
  create_time timestamptz not null default now(),
  -- Of the transaction that wrote it: readers that go on by it miss none that commits late.
  written_by xid8 not null default pg_current_xact_id()
);
create index on news_item (publish_time desc, id desc);
create index on news_item (written_by);

-- 384 little-endian float32, of length 1. Rows without one have not been indexed yet.
create table news_embedding (
  news_item_id uuid primary key references news_item on delete cascade,
  model text not null,
  vector bytea not null,
  written_by xid8 not null default pg_current_xact_id()
);
create index on news_embedding (written_by);

-- The figures of a product at a moment of the market, as they were when the analyst looked.
create table observation (
  product text not null,
  epoch bigint not null,
  sequence bigint not null,
  market_time timestamptz not null,
  figures jsonb not null,
  create_time timestamptz not null default now(),
  primary key (product, sequence)
);
create index on observation (product, market_time desc);
create index on observation (create_time);
