import { randomBytes } from 'node:crypto';
import { after, before } from 'node:test';
import { query } from './query.ts';
import { startPostgres } from './startPostgres.ts';
import { onServer, templateDatabase } from './templateDatabase.ts';

/** Databases of a file of tests. They go when its tests are over. */
export interface TestDatabases {
  /**
   * Makes a database.
   *
   * @param migrations Folder of those that it has seen. Default: none, it is empty.
   * @returns its URL.
   */
  createDatabase(migrations?: string): Promise<string>;
}

/**
 * Gives the tests of a file databases, on the server that the run shares (WEFT_TEST_DATABASE_URL, of a role that may
 * create databases), else on one of the file's own. Called outside of tests and hooks.
 *
 * @example
 * const postgres = usePostgres();
 * beforeEach(async () => {
 *   url = await postgres.createDatabase(migrations);
 * });
 */
export function usePostgres(): TestDatabases {
  let server: { url: string; stop(): Promise<void> };
  const made: string[] = [];
  before(async () => {
    const shared = process.env.WEFT_TEST_DATABASE_URL;
    server = shared ? { url: shared, async stop() {} } : await startPostgres();
  });
  after(async () => {
    if (!server) return;
    for (const name of made) await query(server.url, `drop database ${name} with (force)`);
    await server.stop();
  });
  return {
    async createDatabase(migrations) {
      const template = migrations && (await templateDatabase(server.url, migrations));
      const name = `weft_test_${randomBytes(6).toString('hex')}`;
      await query(server.url, `create database ${name}${template ? ` template ${template}` : ''}`);
      made.push(name);
      return onServer(server.url, name);
    },
  };
}
