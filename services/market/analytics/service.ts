import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import type { DB } from './database.ts';
import { poolSizes } from './poolSizes.ts';

/** Takes market data in and tells what it amounts to. Summaries are in memory, and told without the database too. */
export default defineService({
  database: ownDatabase<DB>(import.meta.dirname, { ...poolSizes, required: false }),
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
