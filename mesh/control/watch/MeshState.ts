import type { Fault } from '../../consul/index.ts';
import type { ConfigEntry } from './ConfigEntries.ts';
import type { Instances } from './Instance.ts';
import type { Intentions } from './intentions.ts';
import type { MeshIdentity } from './MeshIdentity.ts';
import type { RoutingEntries } from './routing/RoutingEntries.ts';
import type { ServiceDefaults } from './serviceDefaults.ts';

/** What Consul says, as far as it is known: the last good answer to each question. */
export interface MeshState {
  /** Paths of the general questions that Consul has not answered yet. Empty: the snapshot is complete. */
  readonly missing: readonly string[];
  /** Undefined until the agent and the CA have answered. */
  readonly identity: MeshIdentity | undefined;
  /** Undefined until Consul has listed its intentions: nobody's permissions are known. */
  readonly intentions: ReadonlyMap<string, ConfigEntry<Intentions>> | undefined;
  readonly defaults: ReadonlyMap<string, ConfigEntry<ServiceDefaults>> | undefined;
  /** Faults on purpose, by the service whose callers get them. */
  readonly faults: ReadonlyMap<string, ConfigEntry<Fault>> | undefined;
  /** Undefined until Consul has listed all entries that decide where calls go. */
  readonly routing: RoutingEntries | undefined;
  /** All services of the catalog, sorted. */
  readonly catalog: readonly string[] | undefined;
  /**
   * Undefined for a service that is not watched or has not been answered yet.
   *
   * @param filter In Consul's filter language. Default: all instances.
   */
  instances(service: string, filter?: string): Instances | undefined;
}

/** What an answer has changed. */
export type MeshChange =
  | { readonly what: 'identity' }
  | { readonly what: 'catalog' }
  | { readonly what: 'instances'; readonly service: string }
  | {
      readonly what: 'intentions' | 'defaults' | 'faults' | 'routing';
      /** Names of the entries written or removed; "*" among them concerns every service. */
      readonly services: readonly string[];
    };
