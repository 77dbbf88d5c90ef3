import { Contracts } from '@weft/mesh/contracts';
import type {
  GrpcService,
  ServiceClient,
  ServiceContext,
  ServiceDefinition,
} from '@weft/mesh/runtime';
import { TestServer } from '../../../mesh/runtime/testing/TestServer.ts';
import { Validator } from '../../../mesh/runtime/validation/Validator.ts';
import { quietLog } from './quietLog.ts';

export interface OpenServiceOptions {
  /** Name in Consul. */
  readonly service: string;
  /** Of its own database: see usePostgres(). Default: it has none. */
  readonly databaseUrl?: string;
  /** Of NATS. Default: none that answers, so what it tells stays in its outbox. */
  readonly natsUrl?: string;
  /** What else its setup looks at, such as clients of others. */
  readonly context?: Partial<ServiceContext>;
}

/** A service in this process, without a mesh. */
export interface OpenService extends AsyncDisposable {
  /** A client of what it serves: messages go over the wire, and are checked by their contract. */
  client<Service extends GrpcService>(service: Service): ServiceClient<Service>;
}

/**
 * Runs the setup of a service and serves its calls, as the mesh would but for who may call.
 *
 * ```ts
 * import service from './service.ts';
 *
 * const opened = await openService(service, { service: 'gift', databaseUrl: await postgres.createDatabase() });
 * const { gift } = await opened.client(GiftServiceDefinition).createGift({ gift: { title: 'A book' } });
 * ```
 */
export async function openService(
  // biome-ignore lint/suspicious/noExplicitAny: a definition with any settings
  definition: ServiceDefinition<any>,
  { service, databaseUrl, natsUrl = 'nats://127.0.0.1:1', context = {} }: OpenServiceOptions,
): Promise<OpenService> {
  const contracts = Contracts.load();
  const stopping = new AbortController();
  await using opened = new AsyncDisposableStack();
  const before = process.env;
  try {
    process.env = { ...before, NATS_URL: natsUrl };
    if (databaseUrl !== undefined) process.env.DATABASE_URL = databaseUrl;
    const given: Partial<ServiceContext> = {
      ...{ service, serviceId: `${service}-1`, consumes: [], contracts, config: undefined },
      log: quietLog as ServiceContext['log'],
      signal: stopping.signal,
      observe: () => {},
      setNotReady: () => {},
      onStop: (hook) => opened.defer(hook),
      ...context,
    };
    const validator = new Validator(contracts);
    const servers = new Map<string, TestServer>();
    for (const served of await definition.setup(given as ServiceContext)) {
      if (!('service' in served)) continue;
      const server = await TestServer.start(served, undefined, {
        checkOf: (path) => validator.checkOf(path),
      });
      opened.defer(() => server.stop());
      servers.set(served.service.fullName, server);
    }
    opened.defer(() => stopping.abort());
    const owned = opened.move();
    return {
      client(called) {
        const server = servers.get(called.fullName);
        if (!server) throw new Error(`${service} does not serve ${called.fullName}`);
        return server.client(called);
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } finally {
    process.env = before;
  }
}
