import type { MethodContract } from '../../contracts/index.ts';
import type { ConfigEntry } from '../watch/ConfigEntries.ts';
import type { RoutingEntries } from '../watch/routing/RoutingEntries.ts';
import type { ServiceDefaults } from '../watch/serviceDefaults.ts';
import { entryRefusals } from './entryRefusals.ts';
import { makeRouteTable } from './makeRouteTable.ts';

/**
 * All that the routing entries and service-defaults say and that has no effect, by the entries' names:
 * "service-router/web: route 1 is left out: ...". Sorted.
 */
export function entryWarnings(
  entries: RoutingEntries,
  defaults: ReadonlyMap<string, ConfigEntry<ServiceDefaults>>,
  methodsOf: (service: string) => readonly MethodContract[],
): string[] {
  const kinds = {
    'service-router': entries.routers,
    'service-splitter': entries.splitters,
    'service-resolver': entries.resolvers,
    'proxy-defaults': entries.proxyDefaults,
    'service-defaults': defaults,
  };
  const warnings = new Set<string>();
  for (const [kind, all] of Object.entries(kinds)) {
    for (const [name, entry] of all) {
      for (const refusal of entryRefusals(`${kind}/${name}`, entry)) warnings.add(refusal);
    }
  }
  const { routers, splitters, resolvers } = entries;
  const services = new Set([...routers.keys(), ...splitters.keys(), ...resolvers.keys()]);
  for (const service of services) {
    const { table } = makeRouteTable(service, methodsOf(service), entries);
    for (const warning of table.warnings) warnings.add(warning);
  }
  return [...warnings].sort();
}
