import { type ClusterParts, cluster } from '../translate/cluster.ts';
import type { Resource } from '../xds/Resource.ts';

/**
 * Makes clusters, and those that are alike once. A cluster depends on who calls, but few callers have a policy of their
 * own for a service: all others share one resource, which lives as long as somebody has it.
 */
export class SharedClusters {
  readonly #made = new Map<string, WeakRef<Resource>>();
  readonly #gone = new FinalizationRegistry<string>((key) => {
    // It may have been made anew meanwhile.
    if (!this.#made.get(key)?.deref()) this.#made.delete(key);
  });

  /** Number of those that are known. */
  get size(): number {
    return this.#made.size;
  }

  get(parts: ClusterParts): Resource {
    const key = JSON.stringify(parts);
    const known = this.#made.get(key)?.deref();
    if (known) return known;
    const resource = cluster(parts);
    this.#made.set(key, new WeakRef(resource));
    this.#gone.register(resource, key);
    return resource;
  }
}
