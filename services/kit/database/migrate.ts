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
  const files = new FileMigrationProvider({ fs, path, migrationFolder: folder });
  const migrator = new Migrator({
    db: database,
    provider: withLockTimeout(files),
    migrationTableName: `${prefix}_migration`,
    migrationLockTableName: `${prefix}_migration_lock`,
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) {
    const failed = results.find((result) => result.status === 'Error');
    const message = failed ? `migration ${failed.migrationName} failed` : 'migrations failed';
    throw new Error(message, { cause: error });
  }
  return results.map((result) => result.migrationName);
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
