import type { Contracts } from '../../contracts/index.ts';
import {
  EDGE_ROUTES,
  type EdgeOptions,
  edgeRoutes,
  edgeServices,
} from '../translate/edgeRoutes.ts';
import type { ResourcePlan } from './ResourcePlan.ts';
import type { RouteTables } from './RouteTables.ts';

/** The route configuration of the edge. */
export function planEdge(
  contracts: Contracts,
  edge: EdgeOptions,
  tables: RouteTables,
): ResourcePlan {
  const services = edgeServices(contracts.methods, edge);
  return {
    key: `routes ${EDGE_ROUTES}`,
    service: undefined,
    dependsOn: ['faults', 'instances', 'routing'],
    watches: () => ({
      services: services.flatMap((service) => [...tables.visited(service)]),
      instances: services.flatMap((service) => tables.queries(service)),
    }),
    make(state) {
      const routes = services.flatMap((service) => tables.current(service) ?? []);
      if (routes.length < services.length || !routes.every((one) => tables.areKnown(one))) {
        return undefined;
      }
      const byService = new Map(routes.map(({ table }) => [table.service, table]));
      const targetOf = (service: string) => {
        const table = byService.get(service);
        if (!table) throw new Error(`no route table of ${service}`);
        return { table, fault: state.faults?.get(service)?.value };
      };
      return edgeRoutes(contracts.methods, targetOf, edge);
    },
  };
}
