import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { type ConsulClient, FAULTS_PREFIX, type Fault } from '../../consul/index.ts';
import type { ConfigEntries, ConfigEntry } from './ConfigEntries.ts';
import { ConsulWatch, type ConsulWatchOptions, type WatchStatus } from './ConsulWatch.ts';
import type { Instances } from './Instance.ts';
import { InstancesWatch } from './InstancesWatch.ts';
import { type Intentions, intentionsSchema } from './intentions.ts';
import type { MeshIdentity } from './MeshIdentity.ts';
import type { MeshChange, MeshState } from './MeshState.ts';
import { parseCatalog, parseDatacenter, parseTrustDomain } from './parseBase.ts';
import { parseConfigEntries } from './parseConfigEntries.ts';
import { parseFaults } from './parseFaults.ts';
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
  readonly #intentions: ConsulWatch<ConfigEntries<Intentions>>;
  readonly #defaults: ConsulWatch<ConfigEntries<ServiceDefaults>>;
  readonly #faults: ConsulWatch<ConfigEntries<Fault>>;
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
      parse: parseCatalog,
      accepted: (value, last) => {
        if (!isDeepStrictEqual(value, last)) changed({ what: 'catalog' });
      },
    });
    this.#intentions = this.#watch({
      path: '/config/service-intentions',
      parse: (answer, last: ConfigEntries<Intentions> | undefined) =>
        parseConfigEntries('service-intentions', intentionsSchema, answer, last),
      accepted: (value, last) => this.#entriesChanged('intentions', value, last),
    });
    this.#defaults = this.#watch({
      path: '/config/service-defaults',
      parse: (answer, last: ConfigEntries<ServiceDefaults> | undefined) =>
        parseConfigEntries('service-defaults', serviceDefaultsSchema, answer, last),
      accepted: (value, last) => this.#entriesChanged('defaults', value, last),
    });
    this.#faults = this.#watch({
      path: `/kv/${FAULTS_PREFIX}`,
      recurse: true,
      parse: parseFaults,
      accepted: (value, last) => this.#entriesChanged('faults', value, last),
    });
  }

  get identity(): MeshIdentity | undefined {
    const trustDomain = this.#trustDomain.value;
    const datacenter = this.#datacenter.value;
    return trustDomain && datacenter ? { trustDomain, datacenter } : undefined;
  }

  get intentions(): ReadonlyMap<string, ConfigEntry<Intentions>> | undefined {
    return this.#intentions.value?.entries;
  }

  get defaults(): ReadonlyMap<string, ConfigEntry<ServiceDefaults>> | undefined {
    return this.#defaults.value?.entries;
  }

  get faults(): ReadonlyMap<string, ConfigEntry<Fault>> | undefined {
    return this.#faults.value?.entries;
  }

  get catalog(): readonly string[] | undefined {
    return this.#catalog.value;
  }

  instances(service: string): Instances | undefined {
    return this.#services.get(service)?.watch.instances;
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

  /** Watches a service's instances until every `use` of it is undone by the function it returned. */
  use(service: string): () => void {
    const entry = this.#services.get(service) ?? this.#watchService(service);
    clearTimeout(entry.release);
    entry.users += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      entry.users -= 1;
      if (entry.users === 0) this.#releaseLater(service, entry);
    };
  }

  async stop(): Promise<void> {
    const services = [...this.#services.values()];
    this.#services.clear();
    for (const { release } of services) clearTimeout(release);
    const watches = [...this.#base(), ...services.map(({ watch }) => watch)];
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
    ];
  }

  #watch<T>(
    options: Pick<
      ConsulWatchOptions<T>,
      'path' | 'recurse' | 'parse' | 'accepted' | 'everySeconds'
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

  #watchService(service: string): UsedService {
    const { client, log, changed, asked } = this.#options;
    const watch = new InstancesWatch({
      client,
      log,
      service,
      changed: () => changed({ what: 'instances', service }),
      ...(asked ? { asked } : {}),
    });
    const entry: UsedService = { watch, users: 0, release: undefined };
    this.#services.set(service, entry);
    return entry;
  }

  #releaseLater(service: string, entry: UsedService): void {
    entry.release = setTimeout(() => {
      this.#services.delete(service);
      void entry.watch.stop();
    }, this.#options.lingerMs ?? 30_000).unref();
  }

  #entriesChanged<T>(
    what: 'intentions' | 'defaults' | 'faults',
    value: ConfigEntries<T>,
    last: ConfigEntries<T> | undefined,
  ): void {
    const services = new Set<string>();
    for (const [name, entry] of value.entries) {
      if (last?.entries.get(name) === entry) continue;
      services.add(name);
      if (!entry.refused) continue;
      const { log } = this.#options;
      log.warn({ kind: what, name, reason: entry.refused }, 'config entry cannot be read');
    }
    for (const name of last?.entries.keys() ?? []) {
      if (!value.entries.has(name)) services.add(name);
    }
    if (services.size > 0 || !last) this.#options.changed({ what, services: [...services] });
  }
}
