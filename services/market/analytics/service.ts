import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import type { DB } from './database.ts';
import { consumers } from './options/consumers.ts';
import { poolSizes } from './poolSizes.ts';

/** Takes market data in, hears of option markets, and tells what both amount to. Summaries are in memory, and told without the database too. */
export default defineService({
  database: ownDatabase<DB>(import.meta.dirname, { ...poolSizes, required: false }),
  consumes: consumers,
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
