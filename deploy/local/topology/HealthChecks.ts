import { readFile } from 'node:fs/promises';
import { tokenFile } from '../acl/tokenFile.ts';
import { OPERATOR } from '../acl/tokenHolders.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import { fetchHttp } from '../setup/askHttp.ts';

/** A health check of an instance, as Consul knows it. */
export interface HealthCheck {
  readonly ServiceID: string;
  readonly Status: 'passing' | 'warning' | 'critical';
  readonly Output: string;
}

/** How long Consul may hold an answer that is still the last one. Less than fetchHttp() waits. */
const WAIT = '1s';

/**
 * The health checks of all services of a mesh, by one query of Consul however many wait for theirs. It is answered at once,
 * unless one has not found what it waits for: then when something has changed, or after a second.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
export class HealthChecks {
  readonly #settings: MeshSettings;
  #index: string | undefined;
  #waiting = false;
  #asked: Promise<readonly HealthCheck[]> | undefined;

  constructor(settings: MeshSettings) {
    this.#settings = settings;
  }

  /** @throws with a short reason when Consul does not answer. */
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
    const { home, ports, secure } = this.#settings;
    const query =
      this.#waiting && this.#index !== undefined ? `?index=${this.#index}&wait=${WAIT}` : '';
    this.#waiting = false;
    // Should this one fail, the next is answered at once.
    this.#index = undefined;
    const url = `http://127.0.0.1:${ports.consul}/v1/health/state/any${query}`;
    const token = secure ? await readFile(tokenFile(home, OPERATOR), 'utf8') : undefined;
    const { body, headers } = await fetchHttp(url, signal, token);
    this.#index = headers.get('x-consul-index') ?? undefined;
    return JSON.parse(body) as HealthCheck[];
  }
}
