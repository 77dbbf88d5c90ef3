import type { Contracts } from '../contracts/index.ts';
import { type PlanInputs, planResource, type ResourcePlan } from './resourcePlan.ts';
import { isServiceName } from './translate/spiffe.ts';
import type { MeshChange, MeshState } from './watch/MeshState.ts';
import type { Resource } from './xds/Resource.ts';
import type { ResourceSource, ResourceSubscription } from './xds/ResourceSource.ts';
import type { ResourceType } from './xds/ResourceType.ts';
import type { XdsClient } from './xds/XdsClient.ts';

interface Entry {
  readonly plan: ResourcePlan;
  readonly release: () => void;
  readonly subscribers: Set<() => void>;
  resource: Resource | undefined;
}

/** The state, and a way to say which services' instances are wanted in it. */
export interface WatchedMeshState extends MeshState {
  use(service: string): () => void;
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

  constructor(state: WatchedMeshState, inputs: PlanInputs) {
    this.#state = state;
    this.#inputs = inputs;
    this.#edgeServices = servicesOf(inputs.contracts);
  }

  /** Number of resources that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** An Envoy gets a cluster for every service that the contracts name; its listener is its own. */
  wildcard(type: ResourceType): readonly string[] {
    return type === 'cluster' ? this.#edgeServices : [];
  }

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
    if (!this.#isComplete) {
      this.#isComplete = this.#state.missing.length === 0;
      if (this.#isComplete) this.#renew(this.#entries.values());
      return;
    }
    for (const entries of this.#affected(change)) {
      this.#renew([...entries].filter(({ plan }) => plan.madeOf.includes(change.what)));
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
    const { service } = plan;
    const release =
      service && plan.madeOf.includes('instances') ? this.#state.use(service) : () => {};
    const resource = this.#isComplete ? plan.make(this.#state) : undefined;
    const entry: Entry = { plan, release, subscribers: new Set(), resource };
    this.#entries.set(plan.key, entry);
    if (service) {
      const siblings = this.#byService.get(service) ?? new Set();
      this.#byService.set(service, siblings.add(entry));
    }
    return entry;
  }

  #drop(entry: Entry): void {
    const { key, service } = entry.plan;
    this.#entries.delete(key);
    entry.release();
    if (!service) return;
    const siblings = this.#byService.get(service);
    siblings?.delete(entry);
    if (siblings?.size === 0) this.#byService.delete(service);
  }
}

function servicesOf(contracts: Contracts): readonly string[] {
  const services = contracts.methods.flatMap(({ meshService }) => meshService ?? []);
  return [...new Set(services)].filter(isServiceName).sort();
}
