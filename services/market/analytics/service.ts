import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import type { DB } from './database.ts';
import { poolSizes } from './poolSizes.ts';

/** Takes market data in and tells what it amounts to. */
export default defineService({
  database: ownDatabase<DB>(import.meta.dirname, poolSizes),
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
