import { defineService } from '@weft/mesh/runtime';
import { config } from './config.ts';

/** Runs feeds of market data into analytics. */
export default defineService({
  config,
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
