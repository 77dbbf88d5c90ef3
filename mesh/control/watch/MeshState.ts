import type { Fault } from '../../consul/index.ts';
import type { ConfigEntry } from './ConfigEntries.ts';
import type { Instances } from './Instance.ts';
import type { Intentions } from './intentions.ts';
import type { MeshIdentity } from './MeshIdentity.ts';
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
  /** All services of the catalog, sorted. */
  readonly catalog: readonly string[] | undefined;
  /** Undefined for a service that is not watched or has not been answered yet. */
  instances(service: string): Instances | undefined;
}

/** What an answer has changed. */
export type MeshChange =
  | { readonly what: 'identity' }
  | { readonly what: 'catalog' }
  | { readonly what: 'instances'; readonly service: string }
  | {
      readonly what: 'intentions' | 'defaults' | 'faults';
      /** Names of the entries written or removed. */
      readonly services: readonly string[];
    };
