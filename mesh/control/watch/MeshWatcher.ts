import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { type ConsulClient, FAULTS_PREFIX, type Fault, SERVICES_ONLY } from '../../consul/index.ts';
import type { ConfigEntry } from './ConfigEntries.ts';
import { ConsulWatch, type ConsulWatchOptions, type WatchStatus } from './ConsulWatch.ts';
import { configEntries, EntriesWatch } from './EntriesWatch.ts';
import type { Instances } from './Instance.ts';
import { InstancesWatch } from './InstancesWatch.ts';
import { type Intentions, intentionsSchema } from './intentions.ts';
import type { MeshIdentity } from './MeshIdentity.ts';
import type { MeshChange, MeshState } from './MeshState.ts';
import { parseCatalog, parseDatacenter, parseTrustDomain } from './parseBase.ts';
import { parseFaults } from './parseFaults.ts';
import { RoutingWatch } from './RoutingWatch.ts';
import type { RoutingEntries } from './routing/RoutingEntries.ts';
import { type ServiceDefaults, serviceDefaultsSchema } from './serviceDefaults.ts';

export interface MeshWatcherOptions {
  readonly client: ConsulClient;
  readonly log: Logger;
  changed(change: MeshChange): void;
  /** Called after every attempt to ask Consul. */
  asked?(path: string, error: Error | undefined): void;
  /** How long a service is watched on when nobody wants it any more. Default: 30 s. */
  readonly lingerMs?: number;
}

interface UsedService {
  readonly watch: InstancesWatch;
  users: number;
  release: NodeJS.Timeout | undefined;
}

/**
 * Watches Consul: what concerns all services always, and the instances of those services that somebody
 * wants, so that its cost follows the use that is made of the mesh and not the size of the catalog.
 *
 * Intentions are read as config entries, all in one query. `/v1/connect/intentions/match` would need a
 * query per service and does not tell of an intention's JWT requirement.
 */
export class MeshWatcher implements MeshState {
  readonly #options: MeshWatcherOptions;
  readonly #trustDomain: ConsulWatch<string>;
  readonly #datacenter: ConsulWatch<string>;
  readonly #catalog: ConsulWatch<readonly string[]>;
  readonly #intentions: EntriesWatch<Intentions>;
  readonly #defaults: EntriesWatch<ServiceDefaults>;
  readonly #routing: RoutingWatch;
  readonly #faults: EntriesWatch<Fault>;
  readonly #services = new Map<string, UsedService>();

  constructor(options: MeshWatcherOptions) {
    this.#options = options;
    const changed = options.changed;
    this.#trustDomain = this.#watch({
      path: '/connect/ca/roots',
      parse: parseTrustDomain,
      accepted: (value, last) => {
        if (value !== last) changed({ what: 'identity' });
      },
    });
    this.#datacenter = this.#watch({
      path: '/agent/self',
      everySeconds: 60,
      parse: parseDatacenter,
      accepted: (value, last) => {
        if (value !== last) changed({ what: 'identity' });
      },
    });
    this.#catalog = this.#watch({
      path: '/catalog/services',
      filter: SERVICES_ONLY,
      parse: parseCatalog,
      accepted: (value, last) => {
        if (!isDeepStrictEqual(value, last)) changed({ what: 'catalog' });
      },
    });
    const { client, log, asked } = options;
    const common = { client, log, asked };
    this.#intentions = new EntriesWatch({
      ...common,
      ...configEntries('service-intentions', intentionsSchema),
      changed: (services) => changed({ what: 'intentions', services }),
    });
    this.#defaults = new EntriesWatch({
      ...common,
      ...configEntries('service-defaults', serviceDefaultsSchema),
      changed: (services) => changed({ what: 'defaults', services }),
    });
    this.#routing = new RoutingWatch({
      ...common,
      changed: (services) => changed({ what: 'routing', services }),
    });
    this.#faults = new EntriesWatch({
      ...common,
      kind: 'faults',
      path: `/kv/${FAULTS_PREFIX}`,
      recurse: true,
      parse: parseFaults,
      changed: (services) => changed({ what: 'faults', services }),
    });
  }

  get identity(): MeshIdentity | undefined {
    const trustDomain = this.#trustDomain.value;
    const datacenter = this.#datacenter.value;
    return trustDomain && datacenter ? { trustDomain, datacenter } : undefined;
  }

  get intentions(): ReadonlyMap<string, ConfigEntry<Intentions>> | undefined {
    return this.#intentions.entries;
  }

  get defaults(): ReadonlyMap<string, ConfigEntry<ServiceDefaults>> | undefined {
    return this.#defaults.entries;
  }

  get routing(): RoutingEntries | undefined {
    return this.#routing.entries;
  }

  get faults(): ReadonlyMap<string, ConfigEntry<Fault>> | undefined {
    return this.#faults.entries;
  }

  get catalog(): readonly string[] | undefined {
    return this.#catalog.value;
  }

  instances(service: string, filter = ''): Instances | undefined {
    return this.#services.get(keyOf(service, filter))?.watch.instances;
  }

  isWatched(service: string, filter = ''): boolean {
    return this.#services.has(keyOf(service, filter));
  }

  /** Services, and subsets of them, whose instances are watched. */
  get watched(): number {
    return this.#services.size;
  }

  get status(): WatchStatus[] {
    const services = [...this.#services.values()].map(({ watch }) => watch);
    return [...this.#base(), ...services].map((watch) => watch.status);
  }

  get missing(): string[] {
    return this.#base()
      .filter((watch) => watch.value === undefined)
      .map((watch) => watch.status.path);
  }

  /**
   * Watches a service's instances until every `use` of it is undone by the function it returned.
   *
   * @param filter In Consul's filter language. Default: all instances.
   */
  use(service: string, filter = ''): () => void {
    const key = keyOf(service, filter);
    const entry = this.#services.get(key) ?? this.#watchService(key, service, filter);
    clearTimeout(entry.release);
    entry.users += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      entry.users -= 1;
      if (entry.users === 0) this.#releaseLater(key, entry);
    };
  }

  async stop(): Promise<void> {
    const services = [...this.#services.values()];
    this.#services.clear();
    for (const { release } of services) clearTimeout(release);
    const watches = [this.#routing, ...this.#base(), ...services.map(({ watch }) => watch)];
    await Promise.all(watches.map((watch) => watch.stop()));
  }

  #base(): ConsulWatch<unknown>[] {
    return [
      this.#trustDomain,
      this.#datacenter,
      this.#catalog,
      this.#intentions,
      this.#defaults,
      this.#faults,
      ...this.#routing.watches,
    ];
  }

  #watch<T>(
    options: Pick<
      ConsulWatchOptions<T>,
      'path' | 'filter' | 'recurse' | 'parse' | 'accepted' | 'everySeconds'
    >,
  ): ConsulWatch<T> {
    const { client, log, asked } = this.#options;
    return new ConsulWatch({
      client,
      log,
      attempted: (error) => asked?.(options.path, error),
      ...options,
    });
  }

  #watchService(key: string, service: string, filter: string): UsedService {
    const { client, log, changed, asked } = this.#options;
    const watch = new InstancesWatch({
      client,
      log,
      service,
      filter,
      changed: () => changed({ what: 'instances', service }),
      ...(asked ? { asked } : {}),
    });
    const entry: UsedService = { watch, users: 0, release: undefined };
    this.#services.set(key, entry);
    return entry;
  }

  #releaseLater(key: string, entry: UsedService): void {
    entry.release = setTimeout(() => {
      this.#services.delete(key);
      void entry.watch.stop();
    }, this.#options.lingerMs ?? 30_000).unref();
  }
}

function keyOf(service: string, filter: string): string {
  return `${service} ${filter}`;
}
