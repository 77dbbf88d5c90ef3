import type { Contracts } from '../../contracts/index.ts';
import { isServiceName } from '../syntax/isServiceName.ts';
import { nowhereCluster, nowhereEndpoints } from '../translate/nowhere.ts';
import type { MeshState } from '../watch/MeshState.ts';
import type { ResourceType } from '../xds/ResourceType.ts';
import type { ResourcePlan } from './ResourcePlan.ts';
import type { RouteTables } from './RouteTables.ts';

/** The cluster of calls that can go nowhere, and its endpoints, which say why. */
export function planNowhere(
  type: Extract<ResourceType, 'cluster' | 'endpoints'>,
  service: string,
  contracts: Contracts,
  tables: RouteTables,
): ResourcePlan {
  const key = `${type} nowhere ${service}`;
  if (type === 'cluster') {
    const make = () => nowhereCluster(service);
    return { key, service: undefined, dependsOn: [], make };
  }
  return {
    key,
    service: isServiceName(service) ? service : undefined,
    dependsOn: ['defaults', 'instances', 'routing'],
    watches: () => ({
      services: isServiceName(service) ? tables.visited(service) : [],
      instances: [],
    }),
    make: (state) => nowhereEndpoints(service, reason(service, state, contracts, tables)),
  };
}

/**
 * Whether Consul or a contract knows of a service: by a contract, a service-defaults or routing entry, or an instance.
 * Undefined: Consul has not told of its instances yet.
 */
export function isKnown(
  service: string,
  state: MeshState,
  contracts: Contracts,
): boolean | undefined {
  if (!isServiceName(service)) return false;
  if (isNamed(service, state, contracts)) return true;
  // Consul answers for a service in any case of letters, but its identity has one.
  if (otherSpelling(service, state)) return false;
  const known = state.instances(service);
  return known && known.instances.length > 0;
}

function isNamed(service: string, { defaults, routing }: MeshState, contracts: Contracts): boolean {
  return (
    contracts.methodsOf(service).length > 0 ||
    [defaults, routing?.routers, routing?.splitters, routing?.resolvers].some((entries) =>
      entries?.has(service),
    )
  );
}

function reason(name: string, state: MeshState, contracts: Contracts, tables: RouteTables): string {
  if (!isServiceName(name)) return noName(name);
  if (isKnown(name, state, contracts)) {
    const reasons = tables.current(name)?.table.broken?.reasons ?? [];
    return `calls to "${name}" lead nowhere: ${reasons.join('; ') || 'no entry says where'}`;
  }
  const other = otherSpelling(name, state);
  return `Consul knows no service "${name}"${other === undefined ? '' : `, but "${other}"`}`;
}

/** The service whose name differs from this one in upper and lower case only; undefined: there is none. */
function otherSpelling(name: string, { catalog = [] }: MeshState): string | undefined {
  if (catalog.includes(name)) return undefined;
  return catalog.find((service) => service.toLowerCase() === name.toLowerCase());
}

function noName(target: string): string {
  const [, service = ''] = /^(.+):\d+$/.exec(target) ?? [];
  return isServiceName(service)
    ? `"${target}" is no name of a service: dial xds:///${service}, without a port`
    : `"${target}" is no name of a service`;
}
