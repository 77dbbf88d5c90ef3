import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from '@weft/mesh/manifest';
import type { z } from 'zod';
import { AdminServer } from '../admin/AdminServer.ts';
import { ConfigError } from '../config/ConfigError.ts';
import { type MeshConfig, readMeshConfig } from '../config/MeshConfig.ts';
import { HandshakeWatch } from '../health/HandshakeWatch.ts';
import { ServingState } from '../health/ServingState.ts';
import { applyPatches } from '../patches/applyPatches.ts';
import { Registration } from '../registration/Registration.ts';
import { choosePort } from '../server/freePort.ts';
import { WorkerPool } from '../workers/WorkerPool.ts';
import type { ServiceDefinition } from './defineService.ts';
import { Membership } from './Membership.ts';
import { readSettings, serveCalls } from './serveCalls.ts';

/** A handshake takes a process some milliseconds. */
const HANDSHAKE_EVERY_MS = 5_000;

export interface StartOptions {
  /** Which service it is. */
  readonly manifest: Manifest;
  /** Default: the environment. */
  readonly config?: MeshConfig;
  /** Aborts startup. */
  readonly signal?: AbortSignal;
  /** Called when it cannot go on, such as when its workers keep dying; it is to be stopped then. */
  readonly onFailure?: (error: Error) => void;
}

/** A service that takes calls. */
export interface RunningService {
  /** Id of the instance in Consul, such as "analytics-1". */
  readonly serviceId: string;
  /** Port of gRPC. */
  readonly port: number;
  /** Port of /health, /ready and /metrics, on loopback. */
  readonly adminPort: number;
  /** Tells callers, ends calls, runs onStop hooks. Resolves when all of it is done; a second time does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts a service: identity, admin port, setup and gRPC (here, or in workers that run this script again), and last
 * its registration in Consul. What has been started is stopped in the opposite order, also when a later step fails.
 */
export async function startService<Schema extends z.ZodType>(
  definition: ServiceDefinition<Schema>,
  options: StartOptions,
): Promise<RunningService> {
  const { config = readMeshConfig(), signal = new AbortController().signal, onFailure } = options;
  const { name: service, upstreams = [], consumes = [], http = [], group } = options.manifest;
  readSettings(definition);
  const count = countWorkers(service, definition.workers, config);
  const serviceId = `${service}-${config.instance}`;
  const state = new ServingState();
  const started = new AsyncDisposableStack();
  try {
    const membership = await Membership.join({ service, serviceId, config, signal });
    started.defer(() => membership.leave());
    const { log, telemetry } = membership;
    let isExpired = false;
    let handshakeFailure: string | undefined;
    let pool: WorkerPool | undefined;
    const assess = () => {
      const expired = isExpired ? 'the certificate has expired' : undefined;
      state.notReadyReason = expired ?? pool?.notReadyReason ?? handshakeFailure;
      state.degradedReason = pool?.missingWorkers;
    };
    membership.identity?.onExpiry((expired) => {
      isExpired = expired;
      assess();
    });

    const admin = await AdminServer.start({
      port: config.adminPort,
      service,
      state,
      log,
      metrics: async () => {
        const own = await telemetry.prometheus();
        return pool ? pool.metrics(own) : own;
      },
    });
    started.defer(() => admin.stop());

    const port = await choosePort(config.port);
    let services: readonly string[];
    if (count > 1) {
      // The workers send what they log; this process makes no calls.
      membership.shipper?.discard();
      await applyPatches('workers', { log, off: config.patchesOff });
      const workers = new WorkerPool({
        ...{ count, port, adminPort: admin.port },
        ...{ state, log, onChange: assess, onFailure },
      });
      pool = workers;
      started.defer(() => workers.stop(config.drainMs));
      services = await workers.start(signal);
    } else {
      services = await serveCalls(definition, {
        ...{ membership, upstreams, consumes, http, port, state, signal, started },
      });
    }

    const { identity } = membership;
    if (identity) {
      const watch = new HandshakeWatch({
        target: () => ({ host: '127.0.0.1', port, credentials: identity.credentials }),
        everyMs: HANDSHAKE_EVERY_MS,
        log,
        onChange: (reason) => {
          handshakeFailure = reason;
          assess();
        },
      });
      started.defer(() => watch.stop());
    }

    const registration = await Registration.start({
      consul: membership.consul,
      id: serviceId,
      service,
      address: config.address,
      port,
      readyUrl: `http://127.0.0.1:${admin.port}/ready`,
      healthUrl: `http://127.0.0.1:${admin.port}/health`,
      meta: {
        version: config.version,
        build: config.build,
        ...(config.zone ? { zone: config.zone } : {}),
        runtime: 'weft-ts',
        ...(group ? { 'weft-group': group } : {}),
        'weft-admin': `127.0.0.1:${admin.port}`,
        'weft-upstreams': upstreams.join(','),
        'weft-grpc': services.join(','),
      },
      log,
    });
    started.defer(async () => {
      state.serving = false;
      await registration.stop().catch((err) => log.warn({ err }, 'could not deregister'));
      await sleep(config.propagationMs);
    });
    state.serving = true;
    log.info({ port, adminPort: admin.port }, 'serving');
    return {
      serviceId,
      port,
      adminPort: admin.port,
      stop: () => started.disposeAsync(),
    };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

/** @throws ConfigError when more processes are asked for than the service can be. */
function countWorkers(name: string, workers: number | undefined, config: MeshConfig): number {
  const count = config.workers ?? workers ?? 1;
  if (count > 1 && workers === undefined) {
    throw new ConfigError(
      `WEFT_WORKERS is ${count}, but the definition of ${name} does not say that it can run in workers`,
    );
  }
  return count;
}
