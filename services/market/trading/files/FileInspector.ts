import { existsSync } from 'node:fs';
import { RpcError, Status } from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import type { FileFacts } from '../sources/file/FileFacts.ts';
import { inspectFile } from '../sources/file/inspectFile.ts';
import { SourceError } from '../sources/TickSource.ts';
import type { FileStore } from './FileStore.ts';
import { factsOf } from './factsOf.ts';

/** Tells what is in stored files. Each is looked at once, for good. */
export class FileInspector {
  readonly #database: Kysely<DB>;
  readonly #store: FileStore;
  readonly #underWay = new Map<string, Promise<FileFacts>>();

  constructor(database: Kysely<DB>, store: FileStore) {
    this.#database = database;
    this.#store = store;
  }

  /**
   * A caller that gives up and asks again joins the inspection that is under way.
   *
   * @throws RpcError NOT_FOUND for a file that is not stored; INVALID_ARGUMENT for one that cannot be used.
   */
  async inspect(fileId: string): Promise<FileFacts> {
    let inspecting = this.#underWay.get(fileId);
    if (!inspecting) {
      inspecting = this.#inspect(fileId).finally(() => this.#underWay.delete(fileId));
      this.#underWay.set(fileId, inspecting);
    }
    return inspecting;
  }

  async #inspect(fileId: string): Promise<FileFacts> {
    const known = await this.#read(fileId);
    if (known) return known;
    const file = this.#store.pathOf(fileId);
    if (!existsSync(file)) {
      throw new RpcError(Status.NOT_FOUND, `no file ${fileId} is stored: upload it first`);
    }
    const facts = await inspectFile(file).catch((error) => {
      if (!(error instanceof SourceError)) throw error;
      throw new RpcError(Status.INVALID_ARGUMENT, error.message, { cause: error });
    });
    await this.#write(fileId, facts);
    return facts;
  }

  async #read(fileId: string): Promise<FileFacts | undefined> {
    const row = await this.#database
      .selectFrom('file')
      .selectAll()
      .where('id', '=', fileId)
      .executeTakeFirst();
    return row && factsOf(row);
  }

  async #write(fileId: string, facts: FileFacts): Promise<void> {
    await this.#database
      .insertInto('file')
      .values({
        id: fileId,
        inspected_us: facts.inspectedUs,
        interval_us: facts.intervalUs,
        tick_count: facts.tickCount,
        bad_row_count: facts.badRowCount,
        bad_rows: [...facts.badRows],
      })
      .execute();
  }
}
