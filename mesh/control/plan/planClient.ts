import { FAULTS_PREFIX } from '../../consul/index.ts';
import type { Contracts } from '../../contracts/index.ts';
import { unknownService } from '../chain/makeRouteTable.ts';
import { isServiceName } from '../syntax/isServiceName.ts';
import { clientListener } from '../translate/clientListener.ts';
import { isKnown } from './planNowhere.ts';
import type { ResourcePlan } from './ResourcePlan.ts';
import type { RouteTables } from './RouteTables.ts';

/**
 * What a gRPC client gets for `xds:///service`. One that nobody knows of gets a listener too: callers fail at once, and
 * are told why, where without any answer they would hang.
 */
export function planClient(
  service: string,
  contracts: Contracts,
  tables: RouteTables,
): ResourcePlan {
  const key = `listener ${service}`;
  if (!isServiceName(service)) {
    const make = () => clientListener(service, unknownService(service));
    return { key, service: undefined, dependsOn: [], make };
  }
  return {
    key,
    service,
    dependsOn: ['defaults', 'instances', 'faults', 'routing'],
    watches: () => ({
      services: tables.visited(service),
      instances: [{ service, filter: '' }, ...tables.queries(service)],
    }),
    make(state) {
      const routes = tables.current(service);
      const known = isKnown(service, state, contracts);
      if (!routes || !tables.areKnown(routes) || known === undefined) return undefined;
      if (!known) return clientListener(service, unknownService(service));
      const { table } = routes;
      const fault = state.faults?.get(service);
      const refused = [
        ...new Set([...(table.broken?.reasons ?? []), ...table.warnings]),
        ...(fault?.refused ? [`${FAULTS_PREFIX}${service}: ${fault.refused}`] : []),
      ];
      return clientListener(service, table, fault?.value, refused);
    },
  };
}
