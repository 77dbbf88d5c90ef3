import { randomUUIDv7 } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Client } from '../client/Client.ts';
import type { DB } from '../database.ts';
import { unauthenticated } from '../errors.ts';
import type { Identity } from '../Identity.ts';

/** A session lasts no longer, whatever is done in it. */
export const SESSION_MS = 30 * 24 * 3_600_000;

export interface NewSession {
  readonly accountId: string;
  /** How the user has signed in, such as "password". */
  readonly method: string;
  readonly client: Client;
  /** How long it lasts, in milliseconds. Default: SESSION_MS. */
  readonly lifeMs?: number;
  /** Of the password that he has shown. Default: he has shown something else. */
  readonly passwordHash?: string;
  /** That his tokens will say he has, as they were read before. Default: they are read in the same transaction. */
  readonly roles?: readonly string[];
}

/** A session and the number of its refresh token. */
export interface SessionToken {
  readonly sessionId: string;
  readonly generation: number;
}

/**
 * Begins a session of a user who has shown who he is.
 *
 * @param database Or a transaction.
 * @throws RpcError UNAUTHENTICATED with reason CREDENTIALS_INVALID when the account has been disabled, deleted or given
 *   another password or other roles meanwhile: who does that ends the sessions that there are, and this one would come after.
 */
export async function startSession(
  identity: Identity,
  database: Kysely<DB>,
  { accountId, method, client, passwordHash, roles, lifeMs = SESSION_MS }: NewSession,
): Promise<SessionToken> {
  const now = identity.clock.now();
  const id = randomUUIDv7();
  const expiresAt = new Date(now.getTime() + lifeMs);
  const { address, userAgent } = client;
  const password =
    passwordHash === undefined
      ? sql``
      : sql`join password on password.account_id = account.id and password.hash = ${passwordHash}`;
  const asRead = roles === undefined ? sql`` : sql`and account.roles = ${roles}::text[]`;
  // One statement: it is most of what signing in costs beside the hash. The account's row is held until its end.
  const { rows } = await sql`
    with started as (
      insert into session
        (id, account_id, method, created_at, rotated_at, expires_at, address, user_agent)
      select ${id}::uuid, account.id, ${method}, ${now}::timestamptz, ${now}::timestamptz,
        ${expiresAt}::timestamptz, ${address}, ${userAgent}
      from account ${password}
      where account.id = ${accountId} and disabled_at is null ${asRead}
      for share
      returning *
    )
    insert into audit_event
      (id, account_id, action, actor, session_id, address, user_agent, details, created_at)
    select ${randomUUIDv7()}::uuid, account_id, 'login', 'user:' || account_id, id, address,
      user_agent, jsonb_build_object('method', method), created_at
    from started
    returning session_id`.execute(database);
  if (rows.length > 0) return { sessionId: id, generation: 1 };
  throw unauthenticated('CREDENTIALS_INVALID', 'the account has changed meanwhile: sign in again');
}
