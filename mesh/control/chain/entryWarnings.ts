import type { ConfigEntry } from '../watch/ConfigEntries.ts';
import type { RoutingEntries } from '../watch/routing/RoutingEntries.ts';
import type { ServiceDefaults } from '../watch/serviceDefaults.ts';
import { entryRefusals } from './entryRefusals.ts';

/**
 * All that the routing entries and service-defaults say and that has no effect, each entry looked at by itself:
 * "service-router/web: route 1 is left out: ...".
 */
export function entryWarnings(
  entries: RoutingEntries,
  defaults: ReadonlyMap<string, ConfigEntry<ServiceDefaults>>,
): string[] {
  const kinds = {
    'service-router': entries.routers,
    'service-splitter': entries.splitters,
    'service-resolver': entries.resolvers,
    'proxy-defaults': entries.proxyDefaults,
    'service-defaults': defaults,
  };
  const own = Object.entries(kinds).flatMap(([kind, all]) =>
    [...all].flatMap(([name, entry]) => entryRefusals(`${kind}/${name}`, entry)),
  );
  return [...own, ...filterRefusals(entries)];
}

/** Also of subsets that no route leads to yet. */
function filterRefusals({ resolvers, refusedFilters }: RoutingEntries): string[] {
  return [...resolvers].flatMap(([service, { value }]) =>
    [...(value?.subsets ?? [])].flatMap(([subset, { filter }]) => {
      const refusal = refusedFilters.get(filter);
      return refusal ? [`service-resolver/${service}: ${refusedFilter(subset, refusal)}`] : [];
    }),
  );
}

/** @param refusal Consul's own words. */
export function refusedFilter(subset: string, refusal: string): string {
  return `Consul refuses the filter of subset "${subset}" (${refusal})`;
}
