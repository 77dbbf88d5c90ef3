import type { Meter } from '@opentelemetry/api';
import type { Contracts } from '@weft/mesh/contracts';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { ServiceClient } from '../client/ServiceClient.ts';
import type { HttpImplementation } from '../http/HttpImplementation.ts';
import type { IdentityFiles } from '../identity/identityFiles.ts';
import type { GuardedCall, GuardOptions } from '../resilience/GuardOptions.ts';
import type { GrpcService } from '../rpc/GrpcService.ts';
import type { Implementation } from '../server/implement.ts';

/** What a service's setup is given. */
export interface ServiceContext<Config = unknown> {
  /** Name in Consul, such as "analytics". */
  readonly service: string;
  /** Id of this instance in Consul, such as "analytics-1". */
  readonly serviceId: string;
  /** Subjects of the events that its manifest says it consumes. */
  readonly consumes: readonly string[];
  readonly contracts: Contracts;
  /** What proves who it is, to others than those whom it calls by `client`: files that are kept fresh. */
  readonly identity: IdentityFiles;
  /** What the service's `config` schema made of the environment. */
  readonly config: Config;
  /**
   * A client for a gRPC service. Which mesh service it dials stands in the contract (`mesh_service`).
   *
   * @throws when that mesh service is not among the manifest's `upstreams`, unless callers from outside come by this service.
   */
  client<Service extends GrpcService>(service: Service): ServiceClient<Service>;
  /**
   * Guards a call that has a fallback with a circuit breaker: see Circuits.guard().
   *
   * @throws when this name has been given already.
   */
  guard<Argument, Result>(
    call: GuardedCall<Argument, Result>,
    options: GuardOptions<Argument, Result>,
  ): GuardedCall<Argument, Result>;
  readonly log: Logger;
  /** For the service's own metrics; they appear under /metrics. */
  readonly meter: Meter;
  /**
   * Makes instruments that are observed, which is at each scrape: before the first, `make` is called. Unlike `meter`, it
   * loads nothing until then.
   */
  observe(make: (meter: Meter) => void): void;
  /**
   * Says what keeps the service from its work, such as a database that is away. While there is a reason the instance is
   * given no calls: /ready answers 503 with it, and gRPC health NOT_SERVING.
   *
   * @param part What has the reason; each has one of its own.
   * @param reason Undefined: nothing keeps it any more.
   */
  setNotReady(part: string, reason: string | undefined): void;
  /** Aborts when the process is asked to stop, once callers have been told: for loops of one's own. */
  readonly signal: AbortSignal;
  /** Runs when all calls have ended, last registered first: for what setup opened, such as a database. */
  onStop(hook: () => Promise<void> | void): void;
}

/** Of gRPC, or of HTTP. */
export type Served = Implementation | HttpImplementation;

/** What a service does: what defineService() was given. What it is called stands in its manifest. */
export interface ServiceDefinition<Schema extends z.ZodType = z.ZodType> {
  /** Schema of the environment variables that the service reads. Default: none. */
  readonly config?: Schema;
  /**
   * How many processes serve the port of one instance, unless WEFT_WORKERS says otherwise. To give it is to say that
   * calls share nothing in memory: each worker runs `setup` for itself. Default: one process, and WEFT_WORKERS above 1
   * is refused.
   */
  readonly workers?: number;
  /** Opens what the service needs and answers what it serves. It is registered once this is done. */
  setup(context: ServiceContext<z.output<Schema>>): Promise<Served[]> | Served[];
}

/**
 * Describes a service; runService() gives it its life.
 *
 * ```ts
 * export default defineService({
 *   config: z.object({ CACHE_URL: z.url() }),
 *   async setup({ config, onStop }) {
 *     const cache = await openCache(config.CACHE_URL);
 *     onStop(() => cache.close());
 *     return [implement(RiskServiceDefinition, exposures(cache))];
 *   },
 * });
 * ```
 */
export function defineService<Schema extends z.ZodType = z.ZodUnknown>(
  definition: ServiceDefinition<Schema>,
): ServiceDefinition<Schema> {
  return definition;
}
