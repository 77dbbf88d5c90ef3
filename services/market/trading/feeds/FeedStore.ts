import { FeedSource } from '@weft/proto/market/v1/trading';
import type { Kysely, Selectable } from 'kysely';
import { timestampFromMicros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import { type FactColumns, factsOf } from '../files/factsOf.ts';
import type { FeedEnd, FeedRecord, FeedSettings, StoredState } from './FeedRecord.ts';
import { sourceName } from './sourceNames.ts';

/** Keeps feeds in the database. */
export class FeedStore {
  readonly #database: Kysely<DB>;

  constructor(database: Kysely<DB>) {
    this.#database = database;
  }

  /** Adds a feed that runs; undefined when its source has one. */
  async add({ source, ticksPerSecond, readingId }: FeedSettings): Promise<FeedRecord | undefined> {
    const added = await this.#database
      .insertInto('feed')
      .values({
        source_name: sourceName(source),
        source: encode(source),
        reading_id: readingId ?? null,
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
  async restart(id: number, { source, ticksPerSecond, readingId }: FeedSettings): Promise<void> {
    await this.#database
      .updateTable('feed')
      .set({
        source: encode(source),
        reading_id: readingId ?? null,
        ticks_per_second: ticksPerSecond,
        state: 'running',
        reason: '',
      })
      .where('id', '=', id)
      .execute();
  }

  async end(id: number, { state, reason, acknowledged, knownBars }: FeedEnd): Promise<void> {
    await this.#database
      .updateTable('feed')
      .set({
        state,
        reason,
        acknowledged,
        repeated_bars: knownBars.repeated,
        corrected_bars: knownBars.corrected,
      })
      .where('id', '=', id)
      .execute();
  }

  #feeds() {
    return this.#database
      .selectFrom('feed')
      .leftJoin('reading', 'reading.id', 'feed.reading_id')
      .leftJoin('file', 'file.id', 'feed.file_id')
      .selectAll('feed')
      .select(['file.interval_us', 'bar_length_us', 'has_others'])
      .select(({ fn }) => [
        fn.coalesce('reading.inspected_us', 'file.inspected_us').as('inspected_us'),
        fn.coalesce('reading.row_count', 'file.tick_count').as('row_count'),
        fn.coalesce('reading.bad_row_count', 'file.bad_row_count').as('bad_row_count'),
        fn.coalesce('reading.bad_rows', 'file.bad_rows').as('bad_rows'),
      ]);
  }
}

type Row = Selectable<DB['feed']> & {
  [Name in keyof FactColumns]: FactColumns[Name] | null;
} & { readonly interval_us: number | null };

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
    knownBars: { repeated: row.repeated_bars, corrected: row.corrected_bars },
    facts: row.inspected_us === null ? undefined : factsOf(withoutReading(row)),
    isOfTickedBars: row.reading_id === null && (row.interval_us ?? 0) > 0,
  };
}

/** A feed from before there were readings has a file of ticks, or one whose bars were sent as such. */
function withoutReading(row: Row): FactColumns {
  const { bar_length_us, has_others } = row;
  return {
    ...(row as FactColumns),
    bar_length_us: bar_length_us ?? 0,
    has_others: has_others ?? false,
  };
}

function encode(source: FeedSource): Buffer {
  return Buffer.from(FeedSource.encode(source).finish());
}
