import { promises as fs } from 'node:fs';
import path from 'node:path';
import { type Kysely, sql } from 'kysely';
import {
  FileMigrationProvider,
  type Migration,
  type MigrationProvider,
  Migrator,
} from 'kysely/migration';

/**
 * How long a migration may wait for a lock on what the running service uses. While it waits, all that come after it wait
 * too, so it gives up and is tried again by the next start.
 */
const LOCK_TIMEOUT = '5s';

/**
 * undefined_table. Kysely lists all tables of the database to find its own, which fails when another program drops one of its
 * tables meanwhile: the engine of sagas does, when another instance is the first to start.
 */
const UNDEFINED_TABLE = '42P01';
/** How often the tables are listed at most. */
const LISTINGS = 20;

export interface MigrateOptions {
  /** Schema of the tables that remember what has been applied. Default: the connection's own. */
  readonly schema?: string;
  /** Prefix of their names. Default "kysely". */
  readonly prefix?: string;
}

/**
 * Applies the migrations of a folder that the database has not seen, in the order of their names, in
 * one transaction. Instances that start at once wait for each other by a lock in the database.
 *
 * @param database Of connections without a timeout: a migration may take long, and so may waiting for another instance's.
 * @returns the names of those applied now.
 * @throws what the failed migration threw; the database is then as it was.
 */
export async function migrate<Schema>(
  database: Kysely<Schema>,
  folder: string,
  { schema, prefix = 'kysely' }: MigrateOptions = {},
): Promise<string[]> {
  const table = `${prefix}_migration`;
  const qualified = schema === undefined ? table : `${schema}.${table}`;
  const files = new FileMigrationProvider({ fs, path, migrationFolder: folder });
  const migrator = new Migrator({
    db: database,
    provider: withLaterOnes(withLockTimeout(files), await appliedNames(database, qualified)),
    migrationTableName: table,
    migrationLockTableName: `${prefix}_migration_lock`,
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  });
  for (let tries = 1; ; tries += 1) {
    const { error, results = [] } = await migrator.migrateToLatest();
    if (!error) return results.map((result) => result.migrationName);
    const failed = results.find((result) => result.status === 'Error');
    if (!failed && tries < LISTINGS && (error as { code?: string }).code === UNDEFINED_TABLE)
      continue;
    const message = failed ? `migration ${failed.migrationName} failed` : 'migrations failed';
    throw new Error(message, { cause: error });
  }
}

/**
 * Takes migrations that come after all that are known here for those of a later version of the service, which are no concern
 * of this one: while a release goes out, instances of the old version may start anew. One that is missing before them is an
 * error, as it always is.
 */
function withLaterOnes(provider: MigrationProvider, applied: readonly string[]): MigrationProvider {
  return {
    async getMigrations() {
      const known = await provider.getMigrations();
      const last = Object.keys(known).sort().at(-1) ?? '';
      const later = applied.filter((name) => name > last).map((name) => [name, { async up() {} }]);
      return { ...known, ...Object.fromEntries(later) };
    },
  };
}

/** Names of what the database has seen. @param table The migrator's own, with its schema. */
async function appliedNames<Schema>(
  database: Kysely<Schema>,
  table: string,
): Promise<readonly string[]> {
  const { rows: known } = await sql`
    select where to_regclass(${table}) is not null`.execute(database);
  if (known.length === 0) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(table)}`.execute(
    database,
  );
  return rows.map(({ name }) => name);
}

function withLockTimeout(provider: MigrationProvider): MigrationProvider {
  const guard = (migration: Migration): Migration => ({
    async up(db) {
      await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT)}`.execute(db);
      await migration.up(db);
    },
  });
  return {
    async getMigrations() {
      const migrations = Object.entries(await provider.getMigrations());
      return Object.fromEntries(migrations.map(([name, migration]) => [name, guard(migration)]));
    },
  };
}
