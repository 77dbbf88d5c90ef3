import { promises as fs } from 'node:fs';
import path from 'node:path';
import { FileMigrationProvider, type Kysely, Migrator } from 'kysely';

/**
 * Applies the migrations of a folder that the database has not seen, in the order of their names, in
 * one transaction. Instances that start at once wait for each other by a lock in the database.
 *
 * @returns the names of those applied now.
 * @throws what the failed migration threw; the database is then as it was.
 */
export async function migrate<Schema>(database: Kysely<Schema>, folder: string): Promise<string[]> {
  const provider = new FileMigrationProvider({ fs, path, migrationFolder: folder });
  const migrator = new Migrator({ db: database, provider });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) {
    const failed = results.find((result) => result.status === 'Error');
    const message = failed ? `migration ${failed.migrationName} failed` : 'migrations failed';
    throw new Error(message, { cause: error });
  }
  return results.map((result) => result.migrationName);
}
