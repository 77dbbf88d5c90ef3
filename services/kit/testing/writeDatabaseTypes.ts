/** Writes `database.ts` for each service in TypeScript that has migrations, as they make its database. */
import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDatabaseTypes } from './databaseTypes.ts';
import { startPostgres } from './startPostgres.ts';
import { onServer, templateDatabase } from './templateDatabase.ts';

const services = fileURLToPath(new URL('../../', import.meta.url));
const postgres = await startPostgres();
try {
  for await (const definition of glob('*/*/service.ts', { cwd: services })) {
    const migrations = join(dirname(definition), 'migrations');
    const folder = join(services, dirname(migrations));
    if (migrations.startsWith('kit/') || !existsSync(join(services, migrations))) continue;
    const name = await templateDatabase(postgres.url, join(services, migrations));
    await writeDatabaseTypes(folder, onServer(postgres.url, name));
    process.stdout.write(`${dirname(migrations)}/database.ts\n`);
  }
} finally {
  await postgres.stop();
}
