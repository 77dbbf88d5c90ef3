import type { z } from 'zod';
import { readMeshConfig } from '../config/MeshConfig.ts';
import { ServingState } from '../health/ServingState.ts';
import { readToWorker, type ToPrimary } from '../workers/messages.ts';
import type { WorkerSeat } from '../workers/WorkerSeat.ts';
import type { ServiceDefinition } from './defineService.ts';
import { Membership } from './Membership.ts';
import { serveCalls } from './serveCalls.ts';
import type { RunningService, StartOptions } from './startService.ts';

/**
 * Starts one worker of a service: it takes calls on the port of its seat, with the identity that the primary process
 * keeps, and answers the primary's questions. Registration, the admin port and the end are the primary's.
 */
export async function startWorker<Schema extends z.ZodType>(
  definition: ServiceDefinition<Schema>,
  { manifest, config = readMeshConfig(), signal = new AbortController().signal }: StartOptions,
  { number, port, adminPort }: WorkerSeat,
): Promise<RunningService> {
  const { name: service, upstreams = [], consumes = [], http = [] } = manifest;
  const serviceId = `${service}-${config.instance}`;
  const tell = (message: ToPrimary) => void process.send?.(message);
  const state = new ServingState((reason) =>
    tell({ weft: 'notReady', ...(reason === undefined ? {} : { reason }) }),
  );
  const started = new AsyncDisposableStack();
  try {
    const membership = await Membership.share({ service, serviceId, config }, number);
    started.defer(() => membership.leave());
    process.on('message', async (heard) => {
      const message = readToWorker(heard);
      if (message?.weft === 'state') state.serving = message.serving;
      if (message?.weft !== 'scrape') return;
      tell({ weft: 'metrics', id: message.id, text: await membership.telemetry.prometheus() });
    });
    const services = await serveCalls(definition, {
      ...{ membership, upstreams, consumes, http, port, state, signal, started },
    });
    tell({ weft: 'serving', services: [...services] });
    return { serviceId, port, adminPort, stop: () => started.disposeAsync() };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}
