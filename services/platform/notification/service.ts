import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import { config } from './config.ts';
import type { DB } from './database.ts';
import { consumers } from './events/consumers.ts';

/** Tells people what has happened: by mail and in the application. */
export default defineService({
  config,
  database: ownDatabase<DB>(import.meta.dirname),
  consumes: consumers,
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
