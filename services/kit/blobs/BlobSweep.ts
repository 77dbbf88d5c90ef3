import { type Kysely, sql } from 'kysely';
import type { BlobStore } from './BlobStore.ts';

/**
 * Says which of some blobs the service's rows name; those that it leaves out are removed when nobody has put them for a day.
 * It looks at every column that holds ids of blobs.
 *
 * @param database A transaction, at times.
 * @returns ids; others than those that were asked for do no harm.
 */
export type NamedBlobs<DB> = (database: Kysely<DB>, ids: readonly string[]) => Promise<string[]>;

export interface BlobSweepOptions<DB> {
  readonly database: Kysely<DB>;
  readonly store: BlobStore;
  readonly named: NamedBlobs<DB>;
  /** Hours that a blob stays which nothing names: a row may still come. Default 24. */
  readonly keptHours?: number;
}

const KEPT_HOURS = 24;
const PAGE = 500;

/**
 * Removes blobs that nothing names any more, or never has: an upload whose row was not written, or that broke off. Who puts
 * one notes it first, in `weft.blob`, and a sweep holds that row while it removes the blob: so a blob is either seen to be put
 * lately, or put when it is gone, and then it is stored again.
 */
export class BlobSweep<DB> {
  readonly #options: Required<BlobSweepOptions<DB>>;

  constructor(options: BlobSweepOptions<DB>) {
    this.#options = { keptHours: KEPT_HOURS, ...options };
  }

  /** Notes that a blob is going to be put. Waits for a sweep that removes it. */
  async note(id: string): Promise<void> {
    await sql`
      insert into weft.blob (id) values (${id})
      on conflict (id) do update set put_at = clock_timestamp()`.execute(this.#options.database);
  }

  /** Harmless when several instances do it. @returns how many have been removed. */
  async run(): Promise<number> {
    const { database, named, keptHours } = this.#options;
    let removed = 0;
    let after = '';
    for (;;) {
      const { rows } = await sql<{ id: string }>`
        select id from weft.blob
        where put_at < clock_timestamp() - ${keptHours} * interval '1 hour' and id > ${after}
        order by id limit ${PAGE}`.execute(database);
      const ids = rows.map(({ id }) => id);
      const kept = ids.length > 0 ? new Set(await named(database, ids)) : new Set();
      for (const id of ids.filter((each) => !kept.has(each))) {
        if (await this.#remove(id)) removed += 1;
      }
      if (ids.length < PAGE) return removed;
      after = ids.at(-1) ?? '';
    }
  }

  /** Removes one, unless it has been put meanwhile, or a row names it. */
  #remove(id: string): Promise<boolean> {
    const { database, store, named, keptHours } = this.#options;
    return database.transaction().execute(async (transaction) => {
      const { rows } = await sql`
        select 1 from weft.blob
        where id = ${id} and put_at < clock_timestamp() - ${keptHours} * interval '1 hour'
        for update`.execute(transaction);
      if (rows.length === 0 || (await named(transaction, [id])).includes(id)) return false;
      await store.remove(id);
      await sql`delete from weft.blob where id = ${id}`.execute(transaction);
      return true;
    });
  }
}
