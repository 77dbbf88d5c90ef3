import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import { config } from './config.ts';
import type { DB } from './database.ts';

/** Knows who users are, and says so to the mesh by signed tokens. */
export default defineService({
  config,
  database: ownDatabase<DB>(import.meta.dirname),
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
