import { randomUUIDv7 } from 'node:crypto';
import type { Insertable, Kysely, Selectable, Transaction } from 'kysely';
import type { DB, Notification } from '../database.ts';
import { giveUpAt } from '../dispatch/retries.ts';
import type { Variables } from '../templates/TemplateEngine.ts';
import { announceDue } from './announceDue.ts';

/** What is to be said to somebody. */
export interface NewNotification
  extends Pick<
    Insertable<Notification>,
    'category' | 'critical' | 'event_subject' | 'event_key' | 'template' | 'locale'
  > {
  /** Whom it is for. */
  readonly recipient:
    | { readonly user_id: string }
    | { readonly email: string }
    | { readonly phone: string }
    | { readonly endpoint_id: string }
    | { readonly mail_id: string };
  readonly variables: Variables;
  /** In the order in which they are tried. */
  readonly channels: string[];
}

/** Has something sent once the transaction, one of transact(), is committed. */
export async function addNotification(
  database: Kysely<DB>,
  transaction: Transaction<DB>,
  now: Date,
  { recipient, variables, ...notification }: NewNotification,
): Promise<Selectable<Notification>> {
  const added = await transaction
    .insertInto('notification')
    .values({
      ...{ id: randomUUIDv7(), ...notification, ...recipient },
      variables: JSON.stringify(variables),
      ...{ due_at: now, give_up_at: giveUpAt(now), created_at: now },
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  announceDue(database, transaction);
  return added;
}
