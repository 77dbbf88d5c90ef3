import { createRequire } from 'node:module';
import type { Histogram } from '@opentelemetry/api';
import type { HttpPath } from '@weft/mesh/manifest';
import { ServerReflectionDefinition } from '@weft/proto/grpc/reflection/v1/reflection';
import type { z } from 'zod';
import { isFront } from '../../contracts/index.ts';
import { readConfig } from '../config/readConfig.ts';
import { healthService } from '../health/healthService.ts';
import type { ServingState } from '../health/ServingState.ts';
import type { HttpFace } from '../http/HttpFace.ts';
import type { HttpImplementation } from '../http/HttpImplementation.ts';
import { followPrincipals } from '../principal/followPrincipals.ts';
import { Principals } from '../principal/Principals.ts';
import { reflectionService } from '../reflection/reflectionService.ts';
import type { Circuits } from '../resilience/Circuits.ts';
import type { GrpcService } from '../rpc/GrpcService.ts';
import { ActiveCalls } from '../server/ActiveCalls.ts';
import type { Implementation } from '../server/implement.ts';
import { MeshServer } from '../server/MeshServer.ts';
import type { ServerEnvironment } from '../server/ServerEnvironment.ts';
import type { Telemetry } from '../telemetry/Telemetry.ts';
import { Validator } from '../validation/Validator.ts';
import type { ServiceContext, ServiceDefinition } from './defineService.ts';
import type { Membership } from './Membership.ts';
import { MeshMember } from './MeshMember.ts';

const require = createRequire(import.meta.url);

const WAITING_MS = 5_000;

export interface ServeOptions {
  readonly membership: Membership;
  /** Services that it may have clients for. */
  readonly upstreams: readonly string[];
  /** Subjects of the events that it consumes. */
  readonly consumes: readonly string[];
  /** Paths of its HTTP that are open to the outside. */
  readonly http: readonly HttpPath[];
  /** Free, or shared with the other workers. */
  readonly port: number;
  /** For gRPC health. */
  readonly state: ServingState;
  /** Aborts startup. */
  readonly signal: AbortSignal;
  /** Takes what is to be done at the end, last first. */
  readonly started: AsyncDisposableStack;
}

/**
 * Runs a service's setup and serves what it implements, with health and reflection, in this process.
 *
 * @returns the names of its gRPC services.
 */
export async function serveCalls<Schema extends z.ZodType>(
  definition: ServiceDefinition<Schema>,
  { membership, upstreams, consumes, http: paths, port, state, signal, started }: ServeOptions,
): Promise<readonly string[]> {
  const settings = readSettings(definition);
  const member = await MeshMember.open(membership);
  started.defer(() => member.close());
  const { shipper } = membership;
  if (shipper) {
    const { shipLogs } = await import('../logging/shipLogs.ts');
    shipLogs(shipper, member);
    started.defer(() => shipper.stop());
  }
  const stopping = new AbortController();
  // A setup that waits, such as for a database, hears that nobody waits for it any more.
  const giveUp = () => stopping.abort(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  const context = serviceContext(member, {
    upstreams,
    consumes,
    config: settings,
    signal: stopping.signal,
    state,
    started,
  });
  const all = await definition.setup(context);
  const implementations = all.filter((each) => 'service' in each);
  const http = all.filter((each) => 'http' in each);
  signal.removeEventListener('abort', giveUp);
  signal.throwIfAborted();

  const server = await serve(
    member,
    { implementations, http, paths },
    { port, state, signal, started },
  );
  started.defer(() => server.stop(membership.config.drainMs));
  started.defer(() => stopping.abort());
  return implementations.map((each) => each.service.fullName);
}

/**
 * What the service's schema makes of the environment.
 *
 * @throws ConfigError that names every variable that is wrong.
 */
export function readSettings<Schema extends z.ZodType>({
  config,
}: ServiceDefinition<Schema>): z.output<Schema> {
  return readConfig((config ?? NO_SETTINGS) as Schema);
}

const NO_SETTINGS = { safeParse: () => ({ success: true, data: undefined }) };

function serviceContext<Schema extends z.ZodType>(
  member: MeshMember,
  {
    upstreams,
    consumes,
    config,
    signal,
    state,
    started,
  }: Pick<ServeOptions, 'upstreams' | 'consumes' | 'signal' | 'state' | 'started'> & {
    readonly config: z.output<Schema>;
  },
): ServiceContext<z.output<Schema>> {
  const { service, serviceId, log, telemetry } = member.membership;
  let circuits: Circuits | undefined;
  started.defer(() => circuits?.close());
  const guards = () => {
    if (!circuits) {
      // With the first call that is guarded; by require(), since setup does not wait for guard().
      const { Circuits } =
        require('../resilience/Circuits.ts') as typeof import('../resilience/Circuits.ts');
      circuits = new Circuits(telemetry.meter, log);
    }
    return circuits;
  };
  return {
    config,
    service,
    serviceId,
    consumes,
    contracts: member.contracts,
    identity: member.membership.files,
    signal,
    log,
    observe: (make) => telemetry.observe(make),
    setNotReady: (part, reason) => state.setNotReady(part, reason),
    get meter() {
      return telemetry.meter;
    },
    guard: (call, options) => guards().guard(call, options),
    onStop: (hook) => started.defer(async () => hook()),
    client(service: GrpcService) {
      const upstream = member.meshServiceOf(service);
      if (!upstreams.includes(upstream) && !isFront(member.membership.service)) {
        const { service: own } = member.membership;
        throw new Error(`${own} calls ${upstream}, which is not among its manifest's upstreams`);
      }
      return member.client(service);
    },
  } as ServiceContext<z.output<Schema>>;
}

interface Served {
  readonly implementations: readonly Implementation[];
  readonly http: readonly HttpImplementation[];
  readonly paths: readonly HttpPath[];
}

/** Starts the gRPC server, with health and reflection beside what the service implements. */
async function serve(
  { contracts, membership, xds }: MeshMember,
  { implementations, http, paths }: Served,
  { port, state, signal, started }: Pick<ServeOptions, 'port' | 'state' | 'signal' | 'started'>,
): Promise<MeshServer> {
  const { config, files, log, telemetry } = membership;
  const names = implementations.map((each) => each.service.fullName);
  const validator = new Validator(contracts);
  const health = healthService(names, state);
  const all = [...names, health.service.fullName, ServerReflectionDefinition.fullName];
  // A service may tell of more than it serves itself.
  const reflection = names.includes(ServerReflectionDefinition.fullName)
    ? []
    : [reflectionService(all, () => contracts.registry)];
  const [calls, principals] = [new ActiveCalls(), new Principals()];
  const environment: ServerEnvironment = {
    ...{ log, calls, principals },
    metrics: telemetry.calls,
    tracing: telemetry.tracing,
  };
  started.defer(await followPrincipals({ consul: membership.consul, principals, calls, log }));
  const waiting = setInterval(
    () => log.warn({ xdsServer: config.xdsServer }, 'waiting for the control plane'),
    WAITING_MS,
  );
  try {
    return await MeshServer.start({
      xds,
      files,
      environment,
      implementations: [...implementations, health, ...reflection],
      http: http.length > 0 ? await openFace(http, paths, environment, telemetry) : undefined,
      checkOf: (path) => validator.checkOf(path),
      contractOf: (path) => contracts.method(path),
      port,
      streamGraceMs: config.streamGraceMs,
      shedAfterMs: config.shedAfterMs,
      signal,
    });
  } finally {
    clearInterval(waiting);
  }
}

/** Loaded by services that speak HTTP only. */
async function openFace(
  implementations: readonly HttpImplementation[],
  paths: readonly HttpPath[],
  environment: ServerEnvironment,
  telemetry: Pick<Telemetry, 'meter'>,
): Promise<HttpFace> {
  const [{ HttpFace }, { pathAccess }] = await Promise.all([
    import('../http/HttpFace.ts'),
    import('../http/pathAccess.ts'),
  ]);
  let durations: Histogram | undefined;
  return new HttpFace(
    {
      ...environment,
      durations: () => {
        durations ??= telemetry.meter.createHistogram('http.server.request.duration', {
          unit: 's',
          description: 'Duration of requests of HTTP, from their head to the end of their answer.',
        });
        return durations;
      },
    },
    implementations,
    pathAccess(paths),
  );
}
