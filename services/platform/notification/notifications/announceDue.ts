import { type Kysely, sql, type Transaction } from 'kysely';
import { onCommitted } from '../../../kit/database/transact.ts';
import type { DB } from '../database.ts';

/** By which PostgreSQL tells instances that a notification is due. */
export const DUE_CHANNEL = 'notification_due';

const hooks = new WeakMap<Kysely<DB>, () => void>();

/**
 * Tells all instances, once a transaction is committed, that there is something to send. One that does not hear it looks
 * again within a second.
 */
export function announceDue(database: Kysely<DB>, transaction: Transaction<DB>): void {
  let hook = hooks.get(database);
  if (!hook) {
    hook = () => {
      sql`select pg_notify(${DUE_CHANNEL}, '')`.execute(database).catch(() => {});
    };
    hooks.set(database, hook);
  }
  onCommitted(transaction, hook);
}
