import { randomUUIDv7 } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Client } from '../client/Client.ts';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';

export interface AuditRecord {
  /** Undefined: it was tried on an account that there is not. */
  readonly accountId: string | undefined;
  /** Such as "password_changed". */
  readonly action: string;
  /** Default: the account's user. */
  readonly actor?: string;
  readonly sessionId?: string;
  readonly client: Client;
  /** Never a secret. */
  readonly details?: Readonly<Record<string, string>>;
}

/** Who is not signed in. */
export const ANYBODY = 'anybody';

/** Writes down what has happened to an account. @param database The transaction of the change. */
export async function recordAudit(
  { clock }: Pick<Identity, 'clock'>,
  database: Kysely<DB>,
  { accountId, action, actor, sessionId, client, details = {} }: AuditRecord,
): Promise<void> {
  await database
    .insertInto('audit_event')
    .values({
      ...{ id: randomUUIDv7(), account_id: accountId ?? null, action },
      actor: actor ?? (accountId === undefined ? ANYBODY : `user:${accountId}`),
      ...{ session_id: sessionId ?? null, address: client.address, user_agent: client.userAgent },
      ...{ details: JSON.stringify(details), created_at: clock.now() },
    })
    .execute();
}
