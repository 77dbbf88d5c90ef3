import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import { config } from './config.ts';
import type { DB } from './database.ts';

/** Runs feeds of market data into analytics. */
export default defineService({
  config,
  database: ownDatabase<DB>(import.meta.dirname),
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
