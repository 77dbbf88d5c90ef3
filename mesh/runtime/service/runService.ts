import type { z } from 'zod';
import { ConfigError } from '../config/ConfigError.ts';
import { createLogger } from '../logging/createLogger.ts';
import type { ServiceDefinition } from './defineService.ts';
import { type RunningService, type StartOptions, startService } from './startService.ts';

/**
 * Gives a service its life: starts it and, when the process is told to stop (SIGTERM, SIGINT), takes it out of the
 * mesh without losing a call and exits with 0. A second signal exits at once, with 1. A service that cannot start, or
 * throws where nothing catches it, says why and exits with 1.
 *
 * The whole of a service's main.ts: `await runService(service)`.
 */
export async function runService<Schema extends z.ZodType>(
  definition: ServiceDefinition<Schema>,
  overrides: StartOptions = {},
): Promise<RunningService> {
  const log = createLogger({ level: 'info', base: { service: definition.name } });
  const aborting = new AbortController();
  let service: RunningService | undefined;
  const stop = async () => {
    await service?.stop();
    process.exit(0);
  };
  let asked = false;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (asked) process.exit(1);
      asked = true;
      log.info({ signal: name }, 'stopping');
      aborting.abort();
      if (service) stop().catch(die);
    });
  }
  const die = (err: unknown): never => {
    if (err instanceof ConfigError) log.fatal(err.message);
    else log.fatal({ err }, service ? 'cannot stop in order' : 'cannot start');
    process.exit(1);
  };
  process.once('uncaughtException', (err) => {
    log.fatal({ err }, 'uncaught');
    process.exit(1);
  });
  try {
    service = await startService(definition, { ...overrides, signal: aborting.signal });
  } catch (error) {
    if (aborting.signal.aborted) process.exit(0);
    return die(error);
  }
  return service;
}
