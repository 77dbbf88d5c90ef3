import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { Logger } from 'pino';
import { type ConsulClient, ConsulError } from '../../consul/index.ts';

export interface FilterChecksOptions {
  readonly client: ConsulClient;
  readonly log: Logger;
  /** Called when Consul has told what it makes of a filter. */
  checked(): void;
  /** Called after every attempt to ask Consul. */
  readonly asked?: ((path: string, error: Error | undefined) => void) | undefined;
  /** How long until a filter that was refused is tried again. Default: 60 s. */
  readonly againMs?: number;
}

interface Check {
  readonly stopped: AbortController;
  /** Undefined: not known yet; null: Consul evaluates it. */
  refusal: string | null | undefined;
}

/**
 * What Consul makes of the filters of subsets. It takes a filter whose grammar is right into a service-resolver, and
 * refuses it only when it is asked to evaluate it, if it selects a field that no instance has or compares it with what
 * it cannot be. So each filter is tried once, on a query of its own, before any route relies on it.
 * https://developer.hashicorp.com/consul/api-docs/features/filtering
 */
export class FilterChecks {
  readonly #options: FilterChecksOptions;
  readonly #checks = new Map<string, Check>();
  #refused: ReadonlyMap<string, string> = new Map();
  #unchecked: ReadonlySet<string> = new Set();

  constructor(options: FilterChecksOptions) {
    this.#options = options;
  }

  /** Consul's own words, by the filters that it refuses. Another object after each change. */
  get refused(): ReadonlyMap<string, string> {
    return this.#refused;
  }

  /** Those of which Consul has not told yet. */
  get unchecked(): ReadonlySet<string> {
    return this.#unchecked;
  }

  /**
   * Checks those that are new, and forgets those that nobody uses any more.
   *
   * @param wanted Filters, each with a service whose instances it picks.
   */
  update(wanted: ReadonlyMap<string, string>): void {
    for (const [filter, { stopped }] of this.#checks) {
      if (wanted.has(filter)) continue;
      stopped.abort();
      this.#checks.delete(filter);
    }
    for (const [filter, service] of wanted) {
      if (this.#checks.has(filter)) continue;
      const check: Check = { stopped: new AbortController(), refusal: undefined };
      this.#checks.set(filter, check);
      void this.#run(filter, service, check);
    }
    this.#publish();
  }

  stop(): void {
    for (const { stopped } of this.#checks.values()) stopped.abort();
    this.#checks.clear();
  }

  async #run(filter: string, service: string, check: Check): Promise<void> {
    const { signal } = check.stopped;
    const { log, checked, againMs = 60_000 } = this.#options;
    try {
      do {
        const refusal = await pRetry(() => this.#ask(filter, service, signal), {
          retries: Number.POSITIVE_INFINITY,
          minTimeout: 100,
          maxTimeout: 3_000,
          randomize: true,
          signal,
        });
        if (refusal !== check.refusal) {
          if (refusal) log.warn({ service, filter, reason: refusal }, 'Consul refuses a filter');
          check.refusal = refusal;
          this.#publish();
          checked();
        }
        // Another version of Consul may know the field.
        if (refusal) await sleep(againMs, undefined, { signal, ref: false });
      } while (check.refusal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** @throws ConsulError when nothing can be said of the filter, for Consul is away. */
  async #ask(filter: string, service: string, signal: AbortSignal): Promise<string | null> {
    const { client, asked } = this.#options;
    const path = `/health/connect/${encodeURIComponent(service)}`;
    const read = async (query: { filter?: string }): Promise<ConsulError | undefined> => {
      try {
        await client.read(path, { ...query, signal });
        asked?.(path, undefined);
        return undefined;
      } catch (error) {
        if (signal.aborted) throw error;
        asked?.(path, error as Error);
        if (!(error instanceof ConsulError) || error.statusCode === undefined) throw error;
        return error;
      }
    };
    if (!(await read({ filter }))) return null;
    // Consul answers 500 for a filter, and also while it has no leader: the same question without one tells which.
    const isAway = await read({});
    if (isAway) throw isAway;
    return (await read({ filter }))?.reason ?? null;
  }

  #publish(): void {
    const all = [...this.#checks];
    this.#refused = new Map(
      all.flatMap(([filter, { refusal }]) => (refusal ? [[filter, refusal]] : [])),
    );
    this.#unchecked = new Set(
      all.flatMap(([filter, { refusal }]) => (refusal === undefined ? [filter] : [])),
    );
  }
}
