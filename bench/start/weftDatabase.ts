/** The same service, with a PostgreSQL database: that of analytics, whose migrations have been made. */
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { openDatabase } from '../../services/kit/database/openDatabase.ts';
import { serveParent } from '../harness/serveParent.ts';

const migrations = new URL('../../services/market/analytics/migrations', import.meta.url);

const service = defineService({
  workers: 1,
  async setup({ log, signal, onStop }) {
    const database = await openDatabase({
      url: process.env.DATABASE_URL,
      migrations: fileURLToPath(migrations),
      applicationName: 'bench-echo',
      log,
      signal,
    });
    onStop(() => database.destroy());
    return [implement(EchoServiceDefinition, { echo: (request) => request })];
  },
});

const { port } = await runService(service, { manifest: { name: 'bench-echo' } });
if (cluster.isPrimary) serveParent(`127.0.0.1:${port}`, async () => undefined);
