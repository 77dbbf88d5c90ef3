import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { usePostgres } from './usePostgres.ts';

const run = promisify(execFile);
const generator = join(dirname(fileURLToPath(import.meta.resolve('kysely-codegen'))), 'cli/bin.js');

/** As createPool() reads them. */
const TYPES = { int8: 'number', bytea: 'Buffer' };

/**
 * Writes `database.ts` in a service's folder: the type `DB` with the tables that its database has.
 *
 * @param url Of a database with the service's migrations.
 */
export async function writeDatabaseTypes(folder: string, url: string): Promise<void> {
  await generate(folder, url);
}

/**
 * A test of a service: the types that its queries are checked by are those of the database that its migrations make.
 *
 * ```ts
 * // services/shop/order/database.test.ts
 * testDatabaseTypes(import.meta.dirname);
 * ```
 */
export function testDatabaseTypes(folder: string): void {
  const postgres = usePostgres();
  test('queries are checked by the tables that there are', async () => {
    await generate(folder, await postgres.createDatabase(join(folder, 'migrations')), '--verify');
  });
}

async function generate(folder: string, url: string, ...options: string[]): Promise<void> {
  const file = join(folder, 'database.ts');
  if (options.includes('--verify') && !existsSync(file)) throw new Error(`there is no ${file}`);
  const given = [
    ...['--dialect', 'postgres', '--url', url, '--out-file', file],
    // What the kit and kysely keep for themselves.
    ...['--default-schema', 'public', '--include-pattern', 'public.*'],
    ...['--exclude-pattern', 'public.kysely_*', '--type-mapping', JSON.stringify(TYPES)],
  ];
  try {
    await run(process.execPath, [generator, ...given, ...options], { cwd: folder });
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    throw new Error(`${file} is not what its migrations make: run make database-types\n${stderr}`, {
      cause,
    });
  }
}
