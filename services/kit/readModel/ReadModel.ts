import { type Kysely, sql, type Transaction } from 'kysely';
import type { EventType } from '../events/EventType.ts';
import { type Consumer, type ConsumerOptions, on } from '../events/on.ts';

/** A row of a read model. `version` counts the changes of what it is about: its owner says it, in events and when asked. */
export type ModelRow = Readonly<Record<string, unknown>> & { readonly version: number };

/** What an event makes of a row: the whole row as it is from then on, or its end. */
export type ModelChange = ModelRow & { readonly isDeleted?: boolean };

export interface ReadModelOptions {
  /** Its table, in the service's own migrations, with a column `version` (bigint). */
  readonly table: string;
  /** The column that names a row, its primary key. */
  readonly key: string;
  /** Raised when the code makes other rows of the same events: then it is built anew. Default 1. */
  readonly generation?: number;
}

const NAME = /^[a-z_][a-z0-9_]{0,50}$/;

/**
 * A table that a service keeps of what others own, from their events. While it is being built anew (see keepReadModel())
 * events are written to both, the one that is read and the one to come.
 *
 * ```ts
 * const products = new ReadModel({ table: 'product', key: 'id' });
 * export default defineService({
 *   consumes: [
 *     products.on(ProductChanged, ({ productId, version, name }) => ({ id: productId, version, name })),
 *     products.on(ProductDeleted, ({ productId, version }) => ({ id: productId, version, isDeleted: true })),
 *   ],
 * ```
 */
export class ReadModel {
  readonly table: string;
  readonly key: string;
  readonly generation: number;

  /** @throws TypeError for a name that is none. */
  constructor({ table, key, generation = 1 }: ReadModelOptions) {
    for (const name of [table, key]) {
      if (!NAME.test(name)) throw new TypeError(`"${name}" is no name of a table or column`);
    }
    this.table = table;
    this.key = key;
    this.generation = generation;
  }

  /** The table to come, while there is one. */
  get next(): string {
    return `${this.table}_next`;
  }

  /**
   * Keeps the model by an event. The handler does nothing else: it is no deed that could be done twice.
   *
   * @param change Events that come late (an older version than the row's) change nothing.
   */
  on<T, DB>(
    type: EventType<T>,
    change: (event: T) => ModelChange,
    options?: ConsumerOptions,
  ): Consumer<DB> {
    return on<T, DB>(
      type,
      async (event, { transaction }) => {
        const tables = transaction as unknown as Transaction<unknown>;
        // The lock keeps the models from being exchanged until this is committed to what there are now.
        const { rows } = await sql<{ is_building: boolean }>`
          select is_building from weft.read_model where name = ${this.table} for share`.execute(
          tables,
        );
        const changed = change(event);
        await this.write(tables, sql.table(this.table), changed);
        if (!rows[0]?.is_building) return;
        await this.write(tables, sql.table(`weft.${this.next}`), changed);
        if (changed.isDeleted) await this.#rememberDeleted(tables, changed);
      },
      options,
    );
  }

  /** Writes a row, or takes it away, unless the table has a newer one. */
  async write(
    tables: Kysely<unknown>,
    table: ReturnType<typeof sql.table>,
    { isDeleted = false, ...row }: ModelChange,
  ): Promise<void> {
    const key = sql.ref(this.key);
    if (isDeleted) {
      await sql`delete from ${table} where ${key} = ${row[this.key]} and version <= ${row.version}`.execute(
        tables,
      );
      return;
    }
    const columns = Object.keys(row);
    const names = sql.join(columns.map((name) => sql.ref(name)));
    const values = sql.join(columns.map((name) => sql`${row[name]}`));
    const updates = columns.map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`);
    await sql`
      insert into ${table} as kept (${names}) values (${values})
      on conflict (${key}) do update set ${sql.join(updates)}
      where excluded.version > kept.version`.execute(tables);
  }

  async #rememberDeleted(tables: Kysely<unknown>, changed: ModelChange): Promise<void> {
    await sql`
      insert into weft.read_model_deleted as kept (name, key, version)
      values (${this.table}, ${String(changed[this.key])}, ${changed.version})
      on conflict (name, key) do update set version = greatest(kept.version, excluded.version)`.execute(
      tables,
    );
  }
}
