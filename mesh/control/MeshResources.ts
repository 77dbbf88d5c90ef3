import type { ResourcePlan } from './plan/ResourcePlan.ts';
import { SharedClusters } from './plan/SharedClusters.ts';
import { type PlanInputs, planResource } from './resourcePlan.ts';
import { edgeServices } from './translate/edgeRoutes.ts';
import { clusterName } from './translate/routeDestination.ts';
import type { MeshChange, MeshState } from './watch/MeshState.ts';
import { LIMITS } from './xds/limits.ts';
import type { Resource } from './xds/Resource.ts';
import type { ResourceSource, ResourceSubscription } from './xds/ResourceSource.ts';
import type { ResourceType } from './xds/ResourceType.ts';
import { StreamRefusal } from './xds/StreamRefusal.ts';
import type { XdsClient } from './xds/XdsClient.ts';

interface Entry {
  readonly plan: ResourcePlan;
  /** What undoes each `use`, by service and filter. */
  readonly uses: Map<string, () => void>;
  /** By which it is found. */
  services: ReadonlySet<string>;
  readonly subscribers: Set<() => void>;
  resource: Resource | undefined;
}

/** The state, and a way to say which services' instances are wanted in it. */
export interface WatchedMeshState extends MeshState {
  use(service: string, filter?: string): () => void;
  /** Whether these are watched already. */
  isWatched(service: string, filter?: string): boolean;
  /** How many are. */
  readonly watched: number;
}

/**
 * All resources that some stream has asked for, each made once. A change of Consul makes those anew that
 * are made of what has changed, and tells the streams that follow one of those that then differ.
 */
export class MeshResources implements ResourceSource {
  readonly #state: WatchedMeshState;
  readonly #inputs: PlanInputs;
  readonly #edgeServices: readonly string[];
  readonly #entries = new Map<string, Entry>();
  readonly #byService = new Map<string, Set<Entry>>();
  #isComplete = false;

  constructor(state: WatchedMeshState, inputs: Omit<PlanInputs, 'clusters'>) {
    this.#state = state;
    this.#inputs = { ...inputs, clusters: new SharedClusters() };
    this.#edgeServices = edgeServices(inputs.contracts.methods, inputs.edge).sort();
  }

  /** Number of resources that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * An edge gets a cluster for every service that it has routes to and for all that these lead to; its listener is its
   * own.
   */
  wildcard(type: ResourceType): readonly string[] {
    if (type !== 'cluster') return [];
    const names = new Set(this.#edgeServices);
    for (const service of this.#edgeServices) {
      const table = this.#inputs.tables.current(service)?.table;
      for (const target of Object.keys(table?.targets ?? {})) {
        names.add(target);
        names.add(clusterName(target, table?.targets ?? {}));
      }
    }
    return [...names];
  }

  /** @throws StreamRefusal when it would be more than is kept, or than Consul may be asked. */
  subscribe(
    type: ResourceType,
    name: string,
    client: XdsClient,
    changed: () => void,
  ): ResourceSubscription {
    const plan = planResource(type, name, client, this.#inputs);
    const entry = this.#entries.get(plan.key) ?? this.#add(plan);
    const subscriber = () => changed();
    entry.subscribers.add(subscriber);
    return {
      get resource() {
        return entry.resource;
      },
      close: () => {
        if (entry.subscribers.delete(subscriber) && entry.subscribers.size === 0) this.#drop(entry);
      },
    };
  }

  /** Until the first snapshot is complete, nothing is made: half a truth would be taken for the whole. */
  apply(change: MeshChange): void {
    if (change.what === 'routing') this.#inputs.tables.update();
    if (!this.#isComplete) {
      this.#isComplete = this.#state.missing.length === 0;
      if (this.#isComplete) {
        this.#follow(this.#entries.values());
        this.#renew(this.#entries.values());
      }
      return;
    }
    for (const entries of this.#affected(change)) {
      const made = [...entries].filter(({ plan }) => plan.dependsOn.includes(change.what));
      // Routes may come into force with the instances that they lead to.
      if (['routing', 'defaults', 'instances'].includes(change.what)) this.#follow(made);
      this.#renew(made);
    }
  }

  #affected(change: MeshChange): Iterable<Entry>[] {
    switch (change.what) {
      case 'catalog':
        return [];
      case 'identity':
        return [this.#entries.values()];
      case 'instances':
        return [this.#byService.get(change.service) ?? []];
      default:
        // The intentions of "*" hold for every service.
        return change.services.includes('*')
          ? [this.#entries.values()]
          : change.services.map((service) => this.#byService.get(service) ?? []);
    }
  }

  #renew(entries: Iterable<Entry>): void {
    for (const entry of entries) {
      // What was known once stays, should it not be made now.
      const resource = entry.plan.make(this.#state) ?? entry.resource;
      if (resource?.version === entry.resource?.version) continue;
      entry.resource = resource;
      for (const tell of entry.subscribers) tell();
    }
  }

  #add(plan: ResourcePlan): Entry {
    if (this.#entries.size >= LIMITS.resources) {
      throw StreamRefusal.tooMuch(`more than ${LIMITS.resources} resources are asked for`);
    }
    const queries = plan.watches?.(this.#state).instances ?? [];
    const isNew = queries.some(({ service, filter }) => !this.#state.isWatched(service, filter));
    if (isNew && this.#state.watched >= LIMITS.watches) {
      throw StreamRefusal.tooMuch(`more than ${LIMITS.watches} services are asked for`);
    }
    const entry: Entry = {
      plan,
      uses: new Map(),
      services: new Set(),
      subscribers: new Set(),
      resource: undefined,
    };
    this.#entries.set(plan.key, entry);
    this.#follow([entry]);
    if (this.#isComplete) entry.resource = plan.make(this.#state);
    return entry;
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.plan.key);
    for (const release of entry.uses.values()) release();
    this.#index(entry, new Set());
  }

  /** Watches what the entries are made of now, and no longer what they were made of. */
  #follow(entries: Iterable<Entry>): void {
    for (const entry of entries) {
      const { plan, uses } = entry;
      const followed = plan.watches?.(this.#state);
      const wanted = new Map(
        followed?.instances.map((query) => [`${query.service} ${query.filter}`, query]),
      );
      for (const [key, { service, filter }] of wanted) {
        if (!uses.has(key)) uses.set(key, this.#state.use(service, filter));
      }
      for (const [key, release] of uses) {
        if (wanted.has(key)) continue;
        release();
        uses.delete(key);
      }
      const services = new Set(followed?.services);
      for (const { service } of wanted.values()) services.add(service);
      if (plan.service) services.add(plan.service);
      this.#index(entry, services);
    }
  }

  /** Has the entry found by these services, and by no others. */
  #index(entry: Entry, services: ReadonlySet<string>): void {
    for (const service of entry.services) {
      if (services.has(service)) continue;
      const siblings = this.#byService.get(service);
      siblings?.delete(entry);
      if (siblings?.size === 0) this.#byService.delete(service);
    }
    for (const service of services) {
      const siblings = this.#byService.get(service) ?? new Set();
      this.#byService.set(service, siblings.add(entry));
    }
    entry.services = services;
  }
}
