import { defineService } from '../../kit/defineService.ts';
import { config } from './config.ts';

/** Answers GraphQL over all open methods of the mesh, by a schema that is made of their contracts. */
export default defineService({
  config,
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
