import type { ConsulClient } from '@weft/mesh/consul';

/** A health check of an instance, as Consul knows it. */
export interface HealthCheck {
  readonly ServiceID: string;
  readonly Status: 'passing' | 'warning' | 'critical';
  readonly Output: string;
}

/** How long Consul may hold an answer that is still the last one, in seconds. */
const WAIT = 1;

/**
 * The health checks of all services of a mesh, by one query of Consul however many wait for theirs. It is answered at once,
 * unless one has not found what it waits for: then when something has changed, or after a second.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
export class HealthChecks {
  readonly #consul: ConsulClient;
  #index: string | undefined;
  #waiting = false;
  #asked: Promise<readonly HealthCheck[]> | undefined;

  constructor(consul: ConsulClient) {
    this.#consul = consul;
  }

  /** @throws ConsulError when Consul does not answer. */
  read(signal: AbortSignal): Promise<readonly HealthCheck[]> {
    this.#asked ??= this.#ask(signal).finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  /** The next query waits for a change. */
  wait(): void {
    this.#waiting = true;
  }

  async #ask(signal: AbortSignal): Promise<readonly HealthCheck[]> {
    const index = this.#waiting ? this.#index : undefined;
    this.#waiting = false;
    // Should this one fail, the next is answered at once.
    this.#index = undefined;
    const answer = await this.#consul.read<HealthCheck[]>('/health/state/any', {
      signal,
      ...(index !== undefined && { index, waitSeconds: WAIT }),
    });
    this.#index = answer.index;
    return answer.value;
  }
}
