import type { Route, RouteTable } from '../chain/RouteTable.ts';
import { failoverName, parseTargets, targetName } from '../chain/Target.ts';

/**
 * The cluster of a route, or its weighted clusters, and what chooses an instance in them. A cluster of
 * weight 0 is named too, so that clients have it when its weight is raised.
 */
export function routeDestination(
  { destinations, hashHeaders }: Route,
  targets: RouteTable['targets'],
): object {
  const clusters = destinations.map(({ target, weight }) => ({
    name: clusterName(target, targets),
    weight: { value: weight },
  }));
  const hashing = hashHeaders.map(({ name, isTerminal }) => ({
    header: { header_name: name },
    terminal: isTerminal,
  }));
  return {
    ...(clusters.length === 1
      ? { cluster: clusters[0]?.name }
      : { weighted_clusters: { clusters } }),
    ...(hashing.length > 0 ? { hash_policy: hashing } : {}),
  };
}

/** A target's own cluster, or the one that goes on to its failover targets. */
export function clusterName(target: string, targets: RouteTable['targets']): string {
  const names = [target, ...(targets[target]?.failover ?? [])];
  const all = names.flatMap((name) => parseTargets(name)?.[0] ?? []);
  const [only, ...others] = all;
  return only && others.length === 0 ? targetName(only) : failoverName(all);
}
