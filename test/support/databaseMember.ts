/**
 * A service with a database, as the child of a test, with which it dies; its migrations lie in the folder that it is told.
 * Sent a message, it says how many rows it reads, or what has failed.
 */
import cluster from 'node:cluster';
import { implement, runService } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import type { Kysely } from 'kysely';
import { ownDatabase } from '../../services/kit/database/OwnDatabase.ts';
import { defineService } from '../../services/kit/defineService.ts';

interface DB {
  thing: { name: string };
}

const [folder = ''] = process.argv.slice(2);
if (cluster.isPrimary) process.on('disconnect', () => process.exit());
let opened: Kysely<DB> | undefined;
await runService(
  defineService({
    workers: 1,
    database: ownDatabase<DB>(folder),
    setup({ database }) {
      opened = database;
      return [implement(EchoServiceDefinition, { echo: (request) => request })];
    },
  }),
  { manifest: { name: 'bench-echo' } },
);
process.on('message', async (message) => {
  if (message !== 'count') return;
  const rows = await opened?.selectFrom('thing').selectAll().execute().catch(String);
  process.send?.({ rows: Array.isArray(rows) ? rows.length : rows });
});
process.send?.('serving');
