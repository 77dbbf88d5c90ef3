/** Writes `database.ts` for each service that has migrations, as they make its database. */
import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDatabaseTypes } from './databaseTypes.ts';
import { startPostgres } from './startPostgres.ts';
import { onServer, templateDatabase } from './templateDatabase.ts';

const services = fileURLToPath(new URL('../../', import.meta.url));
const postgres = await startPostgres();
try {
  for await (const migrations of glob('*/*/migrations', { cwd: services })) {
    const folder = join(services, dirname(migrations));
    if (migrations.startsWith('kit/')) continue;
    const name = await templateDatabase(postgres.url, join(services, migrations));
    await writeDatabaseTypes(folder, onServer(postgres.url, name));
    process.stdout.write(`${dirname(migrations)}/database.ts\n`);
  }
} finally {
  await postgres.stop();
}
