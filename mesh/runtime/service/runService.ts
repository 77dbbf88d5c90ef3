import module from 'node:module';
import { ManifestError } from '@weft/mesh/manifest';
import type { z } from 'zod';
import { ConfigError } from '../config/ConfigError.ts';
import { createLogger } from '../logging/createLogger.ts';
import { ownSeat } from '../workers/WorkerSeat.ts';
import { checkNode } from './checkNode.ts';
import type { ServiceDefinition } from './defineService.ts';
import { onStopRequest } from './onStopRequest.ts';
import { readOwnManifest } from './readOwnManifest.ts';
import { type RunningService, type StartOptions, startService } from './startService.ts';
import { startWorker } from './startWorker.ts';

/**
 * Gives a service its life: starts it and, when the process is told to stop (SIGTERM, SIGINT), takes it out of the
 * mesh without losing a call and exits with 0. A second signal exits at once, with 1. A service that cannot start, or
 * throws where nothing catches it, says why and exits with 1; so does one whose workers keep dying.
 *
 * With `workers` above 1 the whole script runs again in each worker, and calls are served there.
 *
 * The whole of a service's main.ts: `await runService(service)`. The service's name and upstreams are read from the
 * manifest beside that script, unless `manifest` gives them.
 */
export async function runService<Schema extends z.ZodType>(
  definition: ServiceDefinition<Schema>,
  overrides: Partial<Pick<StartOptions, 'config' | 'manifest'>> = {},
): Promise<RunningService> {
  const seat = ownSeat();
  const manifest = overrides.manifest ?? (await readOwnManifest().catch(refuseToStart));
  const base = { service: manifest.name, ...(seat ? { worker: seat.number } : {}) };
  const log = createLogger({ level: 'info', base });
  const aborting = new AbortController();
  let service: RunningService | undefined;
  let exitCode = 0;
  const stop = async () => {
    aborting.abort();
    if (!service) return;
    await service.stop();
    process.exit(exitCode);
  };
  let asked = false;
  onStopRequest(seat, (reason) => {
    if (asked) process.exit(1);
    asked = true;
    log.info({ signal: reason }, 'stopping');
    stop().catch(die);
  });
  const onFailure = (err: Error) => {
    log.fatal({ err }, 'cannot go on');
    exitCode = 1;
    stop().catch(die);
  };
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
    checkNode(log);
    const options = { ...overrides, manifest, signal: aborting.signal, onFailure };
    service = await (seat
      ? startWorker(definition, options, seat)
      : startService(definition, options));
    // Node does this at the end of a process only, which one that is killed never comes to.
    module.flushCompileCache();
    if (aborting.signal.aborted) await stop();
  } catch (error) {
    if (aborting.signal.aborted) process.exit(exitCode);
    return die(error);
  }
  return service;
}

/** Ends a process that cannot tell which service it is. */
function refuseToStart(error: unknown): never {
  const log = createLogger({ level: 'info', base: {} });
  if (error instanceof ManifestError) log.fatal(error.message);
  else log.fatal({ err: error }, 'cannot start');
  process.exit(1);
}
