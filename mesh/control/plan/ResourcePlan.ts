import type { MeshChange, MeshState } from '../watch/MeshState.ts';
import type { Resource } from '../xds/Resource.ts';

/** How one resource is made, and of what. */
export interface ResourcePlan {
  /** Plans of one key make the same resource. */
  readonly key: string;
  /** The service it is about; undefined: none in particular. */
  readonly service: string | undefined;
  /** Answers of Consul that it is made of. */
  readonly dependsOn: readonly MeshChange['what'][];
  /** What it is made of besides, as the entries of routing and defaults have it now. */
  watches?(state: MeshState): Watches;
  /** Undefined: it does not exist, or what it is made of is not known yet. */
  make(state: MeshState): Resource | undefined;
}

export interface Watches {
  /** Services whose changes concern the resource. */
  readonly services: Iterable<string>;
  /** Instances that must be watched. */
  readonly instances: readonly InstanceQuery[];
}

export interface InstanceQuery {
  readonly service: string;
  /** In Consul's filter language; empty: all instances. */
  readonly filter: string;
}
