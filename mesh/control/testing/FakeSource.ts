import { makeResource, type Resource } from '../xds/Resource.ts';
import type { ResourceSource, ResourceSubscription } from '../xds/ResourceSource.ts';
import type { ResourceType } from '../xds/ResourceType.ts';
import type { XdsClient } from '../xds/XdsClient.ts';

/** Resources that a test sets by hand. */
export class FakeSource implements ResourceSource {
  /** Names for a client that asks for all. */
  all: string[] = [];
  readonly #resources = new Map<string, Resource>();
  readonly #subscribers = new Map<string, Set<() => void>>();

  /** Gives the resource a new content. */
  set(type: ResourceType, name: string, content: string): void {
    this.#resources.set(
      `${type} ${name}`,
      makeResource(type, name, messageOf(type, name, content)),
    );
    for (const tell of this.#subscribers.get(`${type} ${name}`) ?? []) tell();
  }

  /** How many follow a resource. */
  followers(type: ResourceType, name: string): number {
    return this.#subscribers.get(`${type} ${name}`)?.size ?? 0;
  }

  wildcard(): readonly string[] {
    return this.all;
  }

  subscribe(
    type: ResourceType,
    name: string,
    _client: XdsClient,
    changed: () => void,
  ): ResourceSubscription {
    const key = `${type} ${name}`;
    const resources = this.#resources;
    const subscribers = this.#subscribers.get(key) ?? new Set();
    this.#subscribers.set(key, subscribers.add(changed));
    return {
      get resource() {
        return resources.get(key);
      },
      close: () => void subscribers.delete(changed),
    };
  }
}

function messageOf(type: ResourceType, name: string, content: string): object {
  switch (type) {
    case 'cluster':
      return { name, alt_stat_name: content };
    case 'endpoints':
      return { cluster_name: name, endpoints: [{ locality: { region: content } }] };
    case 'listener':
      return { name, stat_prefix: content };
    case 'routes':
      return { name, virtual_hosts: [{ name: content, domains: ['*'] }] };
  }
}
