import { FeedSource } from '@weft/proto/market/v1/trading';
import type { Kysely, Selectable } from 'kysely';
import { timestampFromMicros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import { factsOf } from '../files/factsOf.ts';
import type { FeedEnd, FeedRecord, FeedSettings, StoredState } from './FeedRecord.ts';
import { sourceName } from './sourceNames.ts';

/** Keeps feeds in the database. */
export class FeedStore {
  readonly #database: Kysely<DB>;

  constructor(database: Kysely<DB>) {
    this.#database = database;
  }

  /** Adds a feed that runs; undefined when its source has one. */
  async add({ source, ticksPerSecond }: FeedSettings): Promise<FeedRecord | undefined> {
    const added = await this.#database
      .insertInto('feed')
      .values({
        source_name: sourceName(source),
        source: encode(source),
        file_id: source.source?.$case === 'file' ? source.source.value.fileId : null,
        ticks_per_second: ticksPerSecond,
        state: 'running',
        reason: '',
        acknowledged: 0,
        created_us: Date.now() * 1000,
      })
      .onConflict((conflict) => conflict.column('source_name').doNothing())
      .returning('id')
      .executeTakeFirst();
    return added && this.find(added.id);
  }

  async find(id: number): Promise<FeedRecord | undefined> {
    const row = await this.#feeds().where('feed.id', '=', id).executeTakeFirst();
    return row && recordOf(row);
  }

  /** @throws when the source has none. */
  async findBySource(source: FeedSource): Promise<FeedRecord> {
    const query = this.#feeds().where('source_name', '=', sourceName(source));
    return recordOf(await query.executeTakeFirstOrThrow());
  }

  /** Feeds above an id, oldest first. */
  async list(afterId: number, limit: number): Promise<FeedRecord[]> {
    const query = this.#feeds().where('feed.id', '>', afterId).orderBy('feed.id').limit(limit);
    return (await query.execute()).map(recordOf);
  }

  /** All feeds that are to run. */
  async running(): Promise<FeedRecord[]> {
    const query = this.#feeds().where('state', '=', 'running').orderBy('feed.id');
    return (await query.execute()).map(recordOf);
  }

  /** Lets a feed that has ended run again. */
  async restart(id: number, { source, ticksPerSecond }: FeedSettings): Promise<void> {
    await this.#database
      .updateTable('feed')
      .set({
        source: encode(source),
        ticks_per_second: ticksPerSecond,
        state: 'running',
        reason: '',
      })
      .where('id', '=', id)
      .execute();
  }

  async end(id: number, end: FeedEnd): Promise<void> {
    await this.#database
      .updateTable('feed')
      .set({ ...end })
      .where('id', '=', id)
      .execute();
  }

  #feeds() {
    return this.#database
      .selectFrom('feed')
      .leftJoin('file', 'file.id', 'feed.file_id')
      .selectAll('feed')
      .select(['inspected_us', 'interval_us', 'tick_count', 'bad_row_count', 'bad_rows']);
  }
}

type FileColumns = Omit<Selectable<DB['file']>, 'id'>;
type Row = Selectable<DB['feed']> & {
  [Name in keyof FileColumns]: FileColumns[Name] | null;
};

function recordOf(row: Row): FeedRecord {
  return {
    id: row.id,
    sourceName: row.source_name,
    source: FeedSource.decode(row.source),
    ticksPerSecond: row.ticks_per_second,
    // The table holds no other.
    state: row.state as StoredState,
    reason: row.reason,
    acknowledged: row.acknowledged,
    createTime: timestampFromMicros(row.created_us),
    facts: row.file_id === null ? undefined : factsOf(row as FileColumns),
  };
}

function encode(source: FeedSource): Buffer {
  return Buffer.from(FeedSource.encode(source).finish());
}
