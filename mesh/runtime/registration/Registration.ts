import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsulClient, ConsulError } from '@weft/mesh/consul';
import type { Logger } from 'pino';

const CHECK_EVERY_MS = 2_000;

export interface RegistrationOptions {
  readonly consul: ConsulClient;
  /** Such as "analytics-1"; unique on the agent. */
  readonly id: string;
  /** Such as "analytics". */
  readonly service: string;
  /** Where peers reach the gRPC port. */
  readonly address: string;
  readonly port: number;
  /** Asked by the agent every second: the instance is healthy while it answers 2xx. */
  readonly readyUrl: string;
  /** Asked every ten seconds: the process lives while it answers 2xx, one time in three. Default: readyUrl tells. */
  readonly healthUrl?: string;
  /** Such as { version, runtime, "weft-admin", "weft-upstreams", "weft-grpc" }. */
  readonly meta: Readonly<Record<string, string>>;
  readonly log: Logger;
  /** How often to look whether the agent still knows the instance, in milliseconds. Default: 2,000. */
  readonly checkEveryMs?: number;
}

/**
 * One instance of a service in Consul's catalog, native to the mesh. An agent that lost its state is told
 * again, and so is one that knows it by a token that another has replaced; an instance that dies without a word turns critical within a second and is removed after ten minutes.
 */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #stop = new AbortController();
  readonly #kept: Promise<void>;
  /** The agent tells the servers of this instance by the token with which it was registered. */
  #token: string | undefined;

  private constructor(options: RegistrationOptions, token: string | undefined) {
    this.#options = options;
    this.#token = token;
    this.#kept = this.#keep();
  }

  /**
   * Registers the instance, and declares the service's protocol as gRPC unless something was declared before.
   *
   * @throws ConsulError when Consul refuses or cannot be reached.
   */
  static async start(options: RegistrationOptions): Promise<Registration> {
    await declareGrpc(options);
    const { token } = options.consul;
    await options.consul.write('/agent/service/register', registrationBody(options));
    return new Registration(options, token);
  }

  /**
   * Takes the instance out of the catalog. Callers learn of it within milliseconds, not at once: go on serving
   * for a moment.
   *
   * @throws ConsulError when Consul cannot be reached; the health check then does the same, later.
   */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#kept;
    const { consul, id } = this.#options;
    await consul.write(`/agent/service/deregister/${encodeURIComponent(id)}`);
  }

  async #keep(): Promise<void> {
    const { consul, id, log, checkEveryMs = CHECK_EVERY_MS } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await sleep(checkEveryMs, undefined, { signal });
        const { token } = consul;
        const isKnown = await this.#isKnown();
        if (isKnown && token === this.#token) continue;
        await consul.write('/agent/service/register', registrationBody(this.#options), signal);
        this.#token = token;
        if (isKnown) log.info({ serviceId: id }, 'registered again, with a new token');
        else log.warn({ serviceId: id }, 'the agent had lost this instance; registered again');
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, 'registration could not be checked');
      }
    }
  }

  async #isKnown(): Promise<boolean> {
    const { consul, id } = this.#options;
    try {
      const path = `/agent/service/${encodeURIComponent(id)}`;
      await consul.read(path, { signal: this.#stop.signal });
      return true;
    } catch (error) {
      if (error instanceof ConsulError && error.statusCode === 404) return false;
      throw error;
    }
  }
}

/**
 * Says in Consul's service-defaults that a service speaks gRPC. Consul's own sidecars need it for ALPN, and the
 * discovery chain for routes. What an operator has declared stays.
 */
async function declareGrpc({ consul, service, log }: RegistrationOptions): Promise<void> {
  // cas=0: only if there is no such entry.
  const created = await consul.write<boolean>('/config?cas=0', {
    Kind: 'service-defaults',
    Name: service,
    Protocol: 'grpc',
  });
  if (created) return;
  const path = `/config/service-defaults/${encodeURIComponent(service)}`;
  const { value } = await consul.read<{ Protocol?: string }>(path);
  if (value.Protocol !== 'grpc') {
    log.warn(
      { service, protocol: value.Protocol },
      'service-defaults name another protocol than grpc',
    );
  }
}

/**
 * What `/v1/agent/service/register` takes.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/agent/service#register-service
 */
function registrationBody(options: RegistrationOptions): object {
  return {
    ID: options.id,
    Name: options.service,
    Address: options.address,
    Port: options.port,
    Meta: options.meta,
    Connect: { Native: true },
    Checks: [
      {
        ...check(options, 'ready', options.readyUrl),
        Interval: '1s',
        DeregisterCriticalServiceAfter: '10m',
      },
      ...(options.healthUrl
        ? [
            {
              ...check(options, 'health', options.healthUrl),
              Interval: '10s',
              FailuresBeforeCritical: 3,
              // It says the time: kept whole, each answer would be a change of the catalog.
              OutputMaxSize: 1,
            },
          ]
        : []),
    ],
  };
}

function check({ id }: RegistrationOptions, name: string, url: string): object {
  return {
    CheckID: `${id}:${name}`,
    Name: name,
    HTTP: url,
    // One that is slow under load is not taken out: the others would get its load as well.
    Timeout: '5s',
    // The caller registers when it is ready to serve.
    Status: 'passing',
  };
}
