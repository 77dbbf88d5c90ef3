import { defineService } from '../../kit/defineService.ts';
import { config } from './config.ts';

/** Takes in the logs of all services, keeps them in VictoriaLogs, and shows them to those who run the platform. */
export default defineService({
  config,
  setup: async (context) => (await import('./setup.ts')).setup(context),
});
