import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const each of [...versions, ...wallets, ...federation, ...apiKeys]) {
    await each.execute(db);
  }
}

const versions = [
  // Counts changes, whoever makes them, so that no change is lost on another's.
  sql`alter table account add column version bigint not null default 1`,
  sql`
    create function count_version() returns trigger language plpgsql as $$
    begin
      new.version := old.version + 1;
      return new;
    end $$`,
  sql`
    create trigger count_version before update on account for each row
    when (old.* is distinct from new.*) execute function count_version()`,
];

const wallets = [
  sql`
    -- Accounts of Ethereum that sign users in.
    create table wallet (
      -- In small letters, with 0x.
      address text primary key,
      account_id uuid not null references account on delete cascade,
      -- EIP-155.
      chain_id bigint not null,
      created_at timestamptz not null default now()
    )`,
  sql`create index on wallet (account_id)`,
  sql`
    -- Given out, and not used yet: each is good for one message.
    create table wallet_nonce (
      nonce text primary key,
      expires_at timestamptz not null
    )`,
  sql`create index on wallet_nonce (expires_at)`,
];

const federation = [
  sql`
    -- Accounts at other OpenID providers that sign users in.
    create table federated_identity (
      id uuid primary key,
      account_id uuid not null references account on delete cascade,
      -- Both as the provider's tokens say them; together they name the account there for ever.
      issuer text not null,
      subject text not null,
      -- As it was when the identity was linked.
      email text not null,
      created_at timestamptz not null default now(),
      unique (issuer, subject)
    )`,
  sql`create index on federated_identity (account_id)`,
  sql`
    -- Browsers that have been sent to a provider and are not back yet.
    create table federated_login (
      -- SHA-256 of the \`state\` that the browser brings back.
      state_hash bytea primary key,
      -- SHA-256 of the cookie that says which browser it is.
      browser_hash bytea not null,
      nonce text not null,
      -- PKCE's, sealed with the service's secret.
      code_verifier bytea not null,
      redirect_uri text not null,
      -- Path of the page that the browser ends at; empty: it is answered with JSON.
      return_to text not null,
      -- Who links the identity to himself; null: somebody signs in with it.
      account_id uuid references account on delete cascade,
      expires_at timestamptz not null
    )`,
  sql`create index on federated_login (expires_at)`,
];

const apiKeys = [
  sql`
    create table api_key (
      -- It is the \`sid\` of the key's tokens.
      id uuid primary key,
      account_id uuid not null references account on delete cascade,
      display_name text not null,
      -- SHA-256 of the key, which is kept nowhere.
      hash bytea not null unique,
      prefix text not null,
      scopes text[] not null,
      created_at timestamptz not null default now(),
      -- Null: never.
      expires_at timestamptz,
      revoked_at timestamptz,
      -- Until when the token that Consul has for it is good; null: it has none.
      published_until timestamptz
    )`,
  sql`create index on api_key (account_id, id)`,
];
