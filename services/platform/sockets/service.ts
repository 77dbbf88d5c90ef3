import { defineService } from '../../kit/defineService.ts';

/** Tells browsers and programs what happens in rooms that they join, by Socket.IO. */
export default defineService({
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
