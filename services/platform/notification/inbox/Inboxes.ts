import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { DatabaseWatch } from '../../../kit/database/DatabaseWatch.ts';
import { transact } from '../../../kit/database/transact.ts';
import { Watchers } from '../../../kit/Watchers.ts';
import type { OutgoingMessage, Transport } from '../channels/Transport.ts';
import type { DB, InboxItem } from '../database.ts';

/** By which PostgreSQL tells instances whose inbox has changed. */
const CHANGED = 'notification_inbox';
const MOST_CHANGES = 100;

/** What is new in an inbox. */
export interface InboxChanges {
  readonly items: readonly Selectable<InboxItem>[];
  readonly unread: number;
  readonly revision: number;
}

/**
 * What users have been told in the application. Each change of an inbox has the next revision, in the order of the commits,
 * so that who has seen one misses nothing and sees nothing twice after it.
 */
export class Inboxes implements Transport {
  readonly #database: Kysely<DB>;
  readonly #watchers = new Watchers<string, true>();

  constructor(database: Kysely<DB>) {
    this.#database = database;
  }

  /** Puts a message into the inbox of a user, once by its id. */
  async send({
    id,
    recipient,
    category,
    subject,
    text,
    createdAt,
  }: OutgoingMessage): Promise<string> {
    await transact(this.#database, async (transaction) => {
      const revision = await nextRevision(transaction, recipient);
      await transaction
        .insertInto('inbox_item')
        .values({
          ...{ id, user_id: recipient, revision, category, subject, text },
          created_at: createdAt,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    });
    this.#announce(recipient);
    return 'it is in the inbox';
  }

  /**
   * Marks what is unread as read.
   *
   * @param ids Default: all that there is now.
   */
  async markRead(userId: string, ids: readonly string[] | undefined, now: Date): Promise<void> {
    const changed = await transact(this.#database, async (transaction) => {
      const revision = await nextRevision(transaction, userId);
      const { numUpdatedRows } = await transaction
        .updateTable('inbox_item')
        .set({ read_at: now, revision })
        .where('user_id', '=', userId)
        .where('read_at', 'is', null)
        .$if(ids !== undefined, (query) => query.where('id', 'in', [...(ids ?? [])]))
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
    if (changed) this.#announce(userId);
  }

  /**
   * What changes in an inbox, and each HEARTBEAT_MS how it is.
   *
   * @param after The revision that was seen last. Default: the present one.
   */
  async *watch(
    userId: string,
    after: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<InboxChanges, void> {
    let seen = after;
    const changes = this.#watchers.watch(
      userId,
      signal,
      (values) => values.put(true),
      () => true,
    );
    for await (const _ of changes) {
      let isMore = true;
      while (isMore) {
        const { items, unread, revision } = await this.#changes(userId, seen);
        isMore = items.length === MOST_CHANGES;
        seen = isMore ? (items.at(-1)?.revision ?? revision) : revision;
        yield { items, unread, revision: seen };
      }
    }
  }

  /** Hears of changes that other instances make. @returns how to end it. */
  follow(watch: DatabaseWatch): () => void {
    return watch.listen(CHANGED, (userId) => {
      if (userId) this.#watchers.notify(userId, () => true);
    });
  }

  async #changes(userId: string, after: number | undefined): Promise<InboxChanges> {
    // In one snapshot: no change is counted and not shown.
    return this.#database
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (transaction) => {
        const { unread, revision } = await readState(transaction, userId);
        const items = await transaction
          .selectFrom('inbox_item')
          .selectAll()
          .where('user_id', '=', userId)
          .where('revision', '>', after ?? revision)
          .orderBy('revision')
          .orderBy('id')
          .limit(MOST_CHANGES)
          .execute();
        return { items, unread, revision };
      });
  }

  #announce(userId: string): void {
    this.#watchers.notify(userId, () => true);
    sql`select pg_notify(${CHANGED}, ${userId})`.execute(this.#database).catch(() => {});
  }
}

/** Locks the inbox until the end of the transaction. */
async function nextRevision(transaction: Transaction<DB>, userId: string): Promise<number> {
  const { revision } = await transaction
    .insertInto('inbox')
    .values({ user_id: userId, revision: 1 })
    .onConflict((conflict) =>
      conflict.column('user_id').doUpdateSet({ revision: sql`inbox.revision + 1` }),
    )
    .returning('revision')
    .executeTakeFirstOrThrow();
  return revision;
}

/** How much of an inbox is unread. */
export async function readUnread(database: Kysely<DB>, userId: string): Promise<number> {
  const { unread } = await database
    .selectFrom('inbox_item')
    .select(({ fn }) => fn.countAll<number>().as('unread'))
    .where('user_id', '=', userId)
    .where('read_at', 'is', null)
    .executeTakeFirstOrThrow();
  return unread;
}

async function readState(database: Kysely<DB>, userId: string) {
  const inbox = await database
    .selectFrom('inbox')
    .select('revision')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return { unread: await readUnread(database, userId), revision: inbox?.revision ?? 0 };
}
