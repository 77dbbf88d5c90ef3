import { defineService } from '../../kit/defineService.ts';

/** Tells callers from outside what the open methods are: OpenAPI for programs, a page for people. */
export default defineService({
  setup: async () => (await import('./handlers.ts')).handlers(),
});
