import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { AdminServer } from '../admin/AdminServer.ts';
import { type MeshConfig, readMeshConfig } from '../config/MeshConfig.ts';
import { readConfig } from '../config/readConfig.ts';
import { healthService } from '../health/healthService.ts';
import { ServingState } from '../health/ServingState.ts';
import { reflectionService } from '../reflection/reflectionService.ts';
import { Registration } from '../registration/Registration.ts';
import { Circuits } from '../resilience/Circuits.ts';
import type { GrpcService } from '../rpc/GrpcService.ts';
import { ActiveCalls } from '../server/ActiveCalls.ts';
import type { Implementation } from '../server/implement.ts';
import { MeshServer } from '../server/MeshServer.ts';
import { Validator } from '../validation/Validator.ts';
import type { ServiceContext, ServiceDefinition } from './defineService.ts';
import { MeshMember } from './MeshMember.ts';

const WAITING_MS = 5_000;

export interface StartOptions {
  /** Default: the environment. */
  readonly config?: MeshConfig;
  /** Gives the start up. */
  readonly signal?: AbortSignal;
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
 * Starts a service: identity, admin port, setup, gRPC, and last its registration in Consul. What has been started
 * is stopped in the opposite order, also when a later step fails.
 */
export async function startService<Schema extends z.ZodType>(
  definition: ServiceDefinition<Schema>,
  options: StartOptions = {},
): Promise<RunningService> {
  const { config = readMeshConfig(), signal = new AbortController().signal } = options;
  const settings = readConfig((definition.config ?? NO_SETTINGS) as Schema);
  const { name: service, upstreams = [] } = definition;
  const serviceId = `${service}-${config.instance}`;
  const state = new ServingState();
  const started = new AsyncDisposableStack();
  try {
    const member = await MeshMember.join({ service, serviceId, config, signal });
    started.defer(() => member.leave());
    const { log, telemetry } = member;
    member.identity.onExpiry((isExpired) => {
      state.hindrance = isExpired ? 'the certificate has expired' : undefined;
    });

    const admin = await AdminServer.start({ port: config.adminPort, state, telemetry });
    started.defer(() => admin.stop());

    const stopping = new AbortController();
    // A setup that waits, such as for a database, hears that nobody waits for it any more.
    const giveUp = () => stopping.abort(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    const context = serviceContext(definition, member, settings, stopping.signal, started);
    const implementations = await definition.setup(context);
    signal.removeEventListener('abort', giveUp);
    signal.throwIfAborted();

    const server = await serve(member, implementations, state, signal);
    started.defer(() => server.stop(config.drainMs));
    started.defer(() => stopping.abort());

    const registration = await Registration.start({
      consul: member.consul,
      id: serviceId,
      service,
      address: config.address,
      port: server.port,
      readyUrl: `http://127.0.0.1:${admin.port}/ready`,
      meta: {
        version: config.version,
        build: config.build,
        ...(config.zone ? { zone: config.zone } : {}),
        runtime: 'weft-ts',
        'weft-admin': `127.0.0.1:${admin.port}`,
        'weft-upstreams': upstreams.join(','),
        'weft-grpc': implementations.map((each) => each.service.fullName).join(','),
      },
      log,
    });
    started.defer(async () => {
      state.serving = false;
      await registration.stop().catch((err) => log.warn({ err }, 'could not deregister'));
      await sleep(config.propagationMs);
    });
    state.serving = true;
    log.info({ port: server.port, adminPort: admin.port }, 'serving');
    return {
      serviceId,
      port: server.port,
      adminPort: admin.port,
      stop: () => started.disposeAsync(),
    };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

const NO_SETTINGS = { safeParse: () => ({ success: true, data: undefined }) };

function serviceContext<Schema extends z.ZodType>(
  { name, upstreams = [] }: ServiceDefinition<Schema>,
  member: MeshMember,
  config: z.output<Schema>,
  signal: AbortSignal,
  started: AsyncDisposableStack,
): ServiceContext<z.output<Schema>> {
  const circuits = new Circuits(member.telemetry.meter, member.log);
  started.defer(() => circuits.close());
  return {
    config,
    signal,
    log: member.log,
    meter: member.telemetry.meter,
    guard: (call, options) => circuits.guard(call, options),
    onStop: (hook) => started.defer(async () => hook()),
    client(service: GrpcService) {
      const upstream = member.meshServiceOf(service);
      if (!upstreams.includes(upstream)) {
        throw new Error(`${name} calls ${upstream}, which is not among its upstreams`);
      }
      return member.client(service);
    },
  } as ServiceContext<z.output<Schema>>;
}

/** Starts the gRPC server, with health and reflection beside what the service implements. */
async function serve(
  member: MeshMember,
  implementations: readonly Implementation[],
  state: ServingState,
  signal: AbortSignal,
): Promise<MeshServer> {
  const { config, contracts, log, telemetry, xds } = member;
  const names = implementations.map((each) => each.service.fullName);
  const validator = new Validator(contracts);
  const health = healthService(names, state);
  const all = [...names, health.service.fullName, 'grpc.reflection.v1.ServerReflection'];
  const waiting = setInterval(
    () => log.warn({ xdsServer: config.xdsServer }, 'waiting for the control plane'),
    WAITING_MS,
  );
  try {
    return await MeshServer.start({
      xds,
      files: member.identity.files,
      environment: {
        log,
        metrics: telemetry.calls,
        tracing: telemetry.tracing,
        calls: new ActiveCalls(),
      },
      implementations: [...implementations, health, reflectionService(all, contracts.registry)],
      checkOf: (path) => validator.checkOf(path),
      limitOf: (path) => contracts.method(path)?.concurrencyLimit,
      port: config.port,
      streamGraceMs: config.streamGraceMs,
      shedAfterMs: config.shedAfterMs,
      signal,
    });
  } finally {
    clearInterval(waiting);
  }
}
