import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import { config } from './config.ts';
import { consumers } from './consumers.ts';
import type { DB } from './database.ts';

/** Works out what chains of options amount to: each once, and those of a product in order. */
export default defineService({
  config,
  database: ownDatabase<DB>(import.meta.dirname, { size: 10 }),
  consumes: consumers,
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
