import type { Contracts } from '../../contracts/index.ts';
import {
  EDGE_ROUTES,
  type EdgeOptions,
  edgeRoutes,
  hasEdgeRoutes,
} from '../translate/edgeRoutes.ts';
import type { MeshState } from '../watch/MeshState.ts';
import type { ResourcePlan } from './ResourcePlan.ts';
import { areKnown, queriesOf, RouteTables } from './RouteTables.ts';

/** The route configuration of the edge. */
export function planEdge(contracts: Contracts, edge: EdgeOptions): ResourcePlan {
  const services = new Set(
    contracts.methods.filter(hasEdgeRoutes).map(({ meshService }) => meshService),
  );
  const tables = new Map(
    [...services].map((service) => [service, new RouteTables(service, contracts)]),
  );
  const all = (state: MeshState) =>
    [...tables.values()].flatMap((routes) => routes.current(state) ?? []);
  return {
    key: `routes ${EDGE_ROUTES}`,
    service: undefined,
    dependsOn: ['faults', 'instances', 'routing'],
    watches(state) {
      const routes = all(state);
      return {
        services: routes.flatMap(({ visited }) => [...visited]),
        instances: routes.flatMap(queriesOf),
      };
    },
    make(state) {
      const routes = all(state);
      if (routes.length < tables.size || !areKnown(state, routes.flatMap(queriesOf))) {
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
