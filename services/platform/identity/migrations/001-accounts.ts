import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    ...[...accounts, ...credentials, ...registrations, ...oneTimeTokens, ...mails],
    ...[...sessions, ...revocations, ...audit, ...signingKeys, ...attempts],
  ]) {
    await statement.execute(db);
  }
}

const accounts = [
  sql`
    create table account (
      -- UUIDs are of version 7 and made by the service.
      id uuid primary key,
      -- In small letters, and shown to be the user's; null: who signs in otherwise has given none.
      email text unique,
      display_name text not null default '',
      roles text[] not null default '{}',
      disabled_at timestamptz,
      created_at timestamptz not null default now()
    )`,
];

const credentials = [
  sql`
    create table password (
      account_id uuid primary key references account on delete cascade,
      -- argon2id in PHC's form.
      hash text not null,
      changed_at timestamptz not null default now()
    )`,
  sql`
    create table totp (
      account_id uuid primary key references account on delete cascade,
      -- Sealed with the service's secret.
      secret bytea not null,
      -- Null: it is enrolled and not confirmed, and signing in takes no code.
      confirmed_at timestamptz,
      -- The last step of 30 s whose code was taken: neither it nor an earlier one is taken again.
      last_step bigint not null default 0
    )`,
  sql`
    create table recovery_code (
      account_id uuid not null references account on delete cascade,
      -- HMAC-SHA-256 by a key of the service's secret.
      hash bytea not null,
      used_at timestamptz,
      primary key (account_id, hash)
    )`,
];

const registrations = [
  sql`
    -- Asked for and not an account yet: each is good by its own link alone, so that nobody's password comes with
    -- somebody else's click.
    create table registration (
      id uuid primary key,
      email text not null,
      password_hash text not null,
      display_name text not null,
      expires_at timestamptz not null,
      -- The account that it has become.
      account_id uuid references account on delete cascade
    )`,
  sql`create index on registration (expires_at)`,
];

const oneTimeTokens = [
  sql`
    -- What the links of mails stand for. The tokens themselves are made of the id and the service's secret.
    create table one_time_token (
      id uuid primary key,
      purpose text not null check (purpose in ('reset_password', 'change_email')),
      -- Null: no account has the address, and the link is never sent.
      account_id uuid references account on delete cascade,
      -- The new address, where it is about one.
      email text,
      expires_at timestamptz not null,
      used_at timestamptz
    )`,
  sql`create index on one_time_token (account_id)`,
  sql`create index on one_time_token (expires_at)`,
];

const mails = [
  sql`
    create table mail (
      id uuid primary key,
      kind text not null,
      email text not null,
      -- Of a registration or a one-time token; null: the mail has no link.
      token_id uuid,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null
    )`,
  sql`create index on mail (email, id)`,
  sql`create index on mail (expires_at)`,
];

const sessions = [
  sql`
    create table session (
      id uuid primary key,
      account_id uuid not null references account on delete cascade,
      -- How the user signed in.
      method text not null,
      -- Which of its refresh tokens is the one to use next, from 1. They are made of it, the id and the service's secret.
      generation integer not null default 1,
      -- When that one was first given.
      rotated_at timestamptz not null default now(),
      created_at timestamptz not null default now(),
      -- It never moves.
      expires_at timestamptz not null,
      -- Client address and what the client called itself, at its last use.
      address text not null default '',
      user_agent text not null default '',
      ended_at timestamptz,
      end_reason text,
      check ((ended_at is null) = (end_reason is null))
    )`,
  sql`create index on session (account_id, id)`,
  sql`create index on session (expires_at)`,
];

const revocations = [
  sql`
    -- Sessions and keys whose tokens are good for nothing, though they have not expired: what the mesh is told of.
    create table revocation (
      -- The \`sid\` of the tokens.
      sid text primary key,
      -- When none of them could be good any more.
      expires_at timestamptz not null,
      -- Null: it is not in Consul yet.
      published_at timestamptz
    )`,
  sql`create index on revocation (sid) where published_at is null`,
  sql`create index on revocation (expires_at)`,
];

const audit = [
  sql`
    create table audit_event (
      id uuid primary key,
      -- Null: it was tried on an account that there is not.
      account_id uuid,
      action text not null,
      actor text not null,
      session_id uuid,
      address text not null,
      user_agent text not null,
      details jsonb not null default '{}',
      created_at timestamptz not null default now()
    )`,
  sql`create index on audit_event (account_id, id)`,
  sql`create index on audit_event (created_at) where account_id is null`,
];

const signingKeys = [
  sql`
    create table signing_key (
      -- The \`kid\` of tokens: the key's thumbprint (RFC 7638).
      id text primary key,
      -- A JWK (RFC 7517).
      public_key jsonb not null,
      -- PKCS #8 in PEM, sealed with the service's secret.
      private_key bytea not null,
      created_at timestamptz not null default now(),
      -- From when on it signs, until another one does.
      signs_from timestamptz not null
    )`,
  sql`
    -- By which a process learns that its secret is the one that is used here.
    create table secret_check (
      singleton boolean primary key default true check (singleton),
      fingerprint bytea not null
    )`,
];

const attempts = [
  sql`
    -- Token buckets: how many attempts are left to a client address, to an account, to a mail address.
    create table attempt_bucket (
      -- SHA-256 of what is counted.
      key bytea primary key,
      tokens double precision not null,
      -- What a full one holds, and how long an empty one takes to fill.
      capacity double precision not null,
      fill_ms double precision not null,
      updated_at timestamptz not null
    )`,
  sql`create index on attempt_bucket (updated_at)`,
  sql`
    -- From where the owner of an account has signed in: others' attempts do not shut him out there.
    create table known_network (
      account_id uuid not null references account on delete cascade,
      network text not null,
      used_at timestamptz not null,
      primary key (account_id, network)
    )`,
];
