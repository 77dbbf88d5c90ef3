import { type Kysely, sql, type Transaction } from 'kysely';
import { transact } from '../database/transact.ts';
import type { ModelRow, ReadModel } from './ReadModel.ts';

/** What a rebuilt read model is, beside the one that was there. */
export interface Rebuilt {
  readonly rows: number;
  /** Of all rows, in hexadecimal. */
  readonly checksum: string;
  /** Whether the one that was there had the same rows: if not, it had missed something. */
  readonly isSame: boolean;
}

/**
 * Builds a read model from its owner, beside the one that is read, and puts it in its place. Events go on being handled; of
 * the two the newer version of a row counts. At the exchange both have seen the same events, so their checksums tell whether
 * the old one was right.
 *
 * @param pages All rows that there are, as the owner tells them now, in any order.
 * @param signal Ends it; what is there stays.
 */
export async function rebuild<DB>(
  database: Kysely<DB>,
  model: ReadModel,
  pages: AsyncIterable<readonly ModelRow[]>,
  signal: AbortSignal,
): Promise<Rebuilt> {
  const tables = database as unknown as Kysely<unknown>;
  await begin(tables, model);
  for await (const page of pages) {
    signal.throwIfAborted();
    await transact(tables, (transaction) => addPage(transaction, model, page));
  }
  signal.throwIfAborted();
  return transact(tables, (transaction) => exchange(transaction, model));
}

async function begin(tables: Kysely<unknown>, model: ReadModel): Promise<void> {
  const next = sql.table(`weft.${model.next}`);
  await transact(tables, async (transaction) => {
    await sql`
      insert into weft.read_model (name) values (${model.table})
      on conflict (name) do nothing`.execute(transaction);
    // Events that are being handled are committed first: they are older than what the owner will say.
    await sql`
      update weft.read_model set is_building = true where name = ${model.table}`.execute(
      transaction,
    );
    await sql`delete from weft.read_model_deleted where name = ${model.table}`.execute(transaction);
    await sql`drop table if exists ${next}`.execute(transaction);
    await sql`create table ${next} (like ${sql.table(model.table)} including all)`.execute(
      transaction,
    );
  });
}

async function addPage(
  transaction: Transaction<unknown>,
  model: ReadModel,
  page: readonly ModelRow[],
): Promise<void> {
  // Not while an event is being handled: it would see neither the row nor that it is to be remembered.
  await sql`select from weft.read_model where name = ${model.table} for update`.execute(
    transaction,
  );
  const { rows } = await sql<{ key: string; version: number }>`
    select key, version from weft.read_model_deleted
    where name = ${model.table} and key = any(${page.map((row) => String(row[model.key]))})`.execute(
    transaction,
  );
  const deleted = new Map(rows.map(({ key, version }) => [key, version]));
  for (const row of page) {
    const ended = deleted.get(String(row[model.key])) ?? Number.NEGATIVE_INFINITY;
    if (row.version > ended) await model.write(transaction, sql.table(`weft.${model.next}`), row);
  }
}

async function exchange(transaction: Transaction<unknown>, model: ReadModel): Promise<Rebuilt> {
  // From here on events wait.
  await sql`select from weft.read_model where name = ${model.table} for update`.execute(
    transaction,
  );
  const live = sql.table(model.table);
  const next = sql.table(`weft.${model.next}`);
  const before = await checksumOf(transaction, model, model.table);
  const after = await checksumOf(transaction, model, `weft.${model.next}`);
  await sql`drop table ${live}`.execute(transaction);
  await sql`alter table ${next} set schema public`.execute(transaction);
  await sql`alter table ${sql.table(model.next)} rename to ${sql.ref(model.table)}`.execute(
    transaction,
  );
  await sql`delete from weft.read_model_deleted where name = ${model.table}`.execute(transaction);
  await sql`
    update weft.read_model
    set is_building = false, generation = ${model.generation}, built_at = clock_timestamp(),
      seen_at = clock_timestamp(), row_count = ${after.rows}, checksum = ${after.checksum}
    where name = ${model.table}`.execute(transaction);
  return { ...after, isSame: before.checksum === after.checksum };
}

/** The same for the same rows, wherever they lie. */
export async function checksumOf(
  tables: Kysely<unknown>,
  { key }: ReadModel,
  table: string,
): Promise<{ rows: number; checksum: string }> {
  const { rows } = await sql<{ rows: number; checksum: string }>`
    select count(*) as rows,
      encode(sha256(coalesce(string_agg(sha256(convert_to(row_to_json(kept)::text, 'UTF8')), ''::bytea
        order by ${sql.ref(key)}), ''::bytea)), 'hex') as checksum
    from ${sql.table(table)} as kept`.execute(tables);
  return rows[0] ?? { rows: 0, checksum: '' };
}
