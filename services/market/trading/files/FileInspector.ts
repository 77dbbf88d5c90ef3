import { existsSync } from 'node:fs';
import { RpcError, Status } from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import type { FileFacts } from '../sources/file/FileFacts.ts';
import type { FileSettings } from '../sources/file/FileSettings.ts';
import { inspectFile } from '../sources/file/inspectFile.ts';
import { SourceError } from '../sources/SourceError.ts';
import type { FileStore } from './FileStore.ts';
import { factsOf } from './factsOf.ts';

/** A file, read in one way. */
export interface Reading {
  readonly id: number;
  readonly facts: FileFacts;
}

/** Tells what is in stored files. Each is looked at once for each way to read it, for good. */
export class FileInspector {
  readonly #database: Kysely<DB>;
  readonly #store: FileStore;
  readonly #underWay = new Map<string, Promise<Reading>>();

  constructor(database: Kysely<DB>, store: FileStore) {
    this.#database = database;
    this.#store = store;
  }

  /**
   * A caller that gives up and asks again joins the inspection that is under way.
   *
   * @throws RpcError NOT_FOUND for a file that is not stored; INVALID_ARGUMENT for one that cannot be used.
   */
  async inspect(fileId: string, settings: FileSettings): Promise<Reading> {
    const key = JSON.stringify([fileId, settings.symbol, settings.barLengthUs, settings.timeZone]);
    let inspecting = this.#underWay.get(key);
    if (!inspecting) {
      inspecting = this.#inspect(fileId, settings).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, inspecting);
    }
    return inspecting;
  }

  async #inspect(fileId: string, settings: FileSettings): Promise<Reading> {
    const known = await this.#read(fileId, settings);
    if (known) return known;
    const file = this.#store.pathOf(fileId);
    if (!existsSync(file)) {
      throw new RpcError(Status.NOT_FOUND, `no file ${fileId} is stored: upload it first`);
    }
    const facts = await inspectFile(file, settings).catch((error) => {
      if (!(error instanceof SourceError)) throw error;
      throw new RpcError(Status.INVALID_ARGUMENT, error.message, { cause: error });
    });
    return { id: await this.#write(fileId, settings, facts), facts };
  }

  async #read(fileId: string, settings: FileSettings): Promise<Reading | undefined> {
    const row = await this.#database
      .selectFrom('reading')
      .selectAll()
      .where('file_id', '=', fileId)
      .where('symbol', '=', settings.symbol)
      .where('said_length_us', '=', settings.barLengthUs)
      .where('time_zone', '=', settings.timeZone)
      .executeTakeFirst();
    return row && { id: row.id, facts: factsOf(row) };
  }

  async #write(fileId: string, settings: FileSettings, facts: FileFacts): Promise<number> {
    const { id } = await this.#database
      .insertInto('reading')
      .values({
        file_id: fileId,
        symbol: settings.symbol,
        said_length_us: settings.barLengthUs,
        time_zone: settings.timeZone,
        inspected_us: facts.inspectedUs,
        bar_length_us: facts.barLengthUs,
        has_others: facts.hasOthers,
        row_count: facts.rowCount,
        bad_row_count: facts.badRowCount,
        bad_rows: [...facts.badRows],
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }
}
