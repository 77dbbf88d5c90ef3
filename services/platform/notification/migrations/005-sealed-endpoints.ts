import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [secretCheck, sealed]) await statement.execute(db);
}

const secretCheck = sql`
  -- By which a process learns that its secret is the one that is used here.
  create table secret_check (
    singleton boolean primary key default true check (singleton),
    fingerprint bytea not null
  )`;

const sealed = sql`
  alter table endpoint
    -- The URL and the secret, sealed. Null, and both in the clear: an instance of an earlier version has written it.
    add column sealed bytea,
    alter column url drop not null,
    add check ((sealed is null) = (url is not null))`;
