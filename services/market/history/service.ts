import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import { config } from './config.ts';
import { consumers } from './consumers.ts';
import type { DB } from './database.ts';

/** Connections of what comes, and of who reads: neither waits for the other. */
const SIZES = { size: 3, eventConnections: 8, readers: 5 };

/** Keeps every chain of option markets and what it amounts to, and tells what they were at any time. */
export default defineService({
  config,
  database: ownDatabase<DB>(import.meta.dirname, SIZES),
  consumes: consumers,
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
