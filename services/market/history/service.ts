import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { ownDatabase } from '../../kit/database/OwnDatabase.ts';
import { defineService } from '../../kit/defineService.ts';
import { on } from '../../kit/events/on.ts';
import { config } from './config.ts';
import type { DB } from './database.ts';
import { Partitions } from './store/Partitions.ts';
import { storeChain } from './store/storeChain.ts';

/** Connections: one for each partition of events and one to tend the tables; and those of who reads. */
const SIZES = { size: 5, readers: 5 };

/** Keeps every chain of option markets, and tells what they were at any time. */
export default defineService({
  config,
  database: ownDatabase<DB>(import.meta.dirname, SIZES),
  consumes: [on<ChainUpdated, DB>(ChainUpdated, storeChain(new Partitions()))],
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
