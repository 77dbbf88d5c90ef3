import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import { config } from './config.ts';
import type { DB } from './database.ts';

/** Makes a synthetic market of options: one instance at a time makes it, and each tells how it stands. */
export default defineService({
  config,
  database: ownDatabase<DB>(import.meta.dirname),
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
