import { FAULTS_PREFIX } from '../../consul/index.ts';
import type { Contracts } from '../../contracts/index.ts';
import { isServiceName } from '../syntax/isServiceName.ts';
import { clientListener } from '../translate/clientListener.ts';
import type { MeshState } from '../watch/MeshState.ts';
import type { ResourcePlan } from './ResourcePlan.ts';
import { areKnown, queriesOf, RouteTables } from './RouteTables.ts';

/**
 * What a gRPC client gets for `xds:///service`. A service is known when it has a contract, a
 * service-defaults or routing entry, or an instance.
 */
export function planClient(service: string, contracts: Contracts): ResourcePlan {
  const key = `listener ${service}`;
  if (!isServiceName(service)) {
    return {
      key,
      service: undefined,
      dependsOn: [],
      make: () => clientListener(service, undefined),
    };
  }
  const tables = new RouteTables(service, contracts);
  const isNamed = ({ defaults, routing }: MeshState) =>
    contracts.methodsOf(service).length > 0 ||
    defaults?.has(service) ||
    routing?.routers.has(service) ||
    routing?.splitters.has(service) ||
    routing?.resolvers.has(service);
  return {
    key,
    service,
    dependsOn: ['defaults', 'instances', 'faults', 'routing'],
    watches(state) {
      const routes = tables.current(state);
      return {
        services: routes?.visited ?? [],
        instances: [{ service, filter: '' }, ...(routes ? queriesOf(routes) : [])],
      };
    },
    make(state) {
      const routes = tables.current(state);
      if (!routes || !areKnown(state, queriesOf(routes))) return undefined;
      const known = isNamed(state) || state.instances(service)?.instances.length;
      if (!known && !state.instances(service)) return undefined;
      const fault = state.faults?.get(service);
      const refused = [
        ...routes.table.warnings,
        ...(fault?.refused ? [`${FAULTS_PREFIX}${service}: ${fault.refused}`] : []),
      ];
      return clientListener(service, known ? routes.table : undefined, fault?.value, refused);
    },
  };
}
