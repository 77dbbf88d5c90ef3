import { defineService } from '@weft/mesh/runtime';
import { config } from './config.ts';

/** Takes market data in and tells what it amounts to. */
export default defineService({
  config,
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
