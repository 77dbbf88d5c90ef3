import type { Route, RouteTable } from '../chain/RouteTable.ts';
import { routeDestination } from './routeDestination.ts';

/** A cluster that nobody has. */
export const NOWHERE = 'weft-nowhere';

/** Where the edge sends the calls of a route. */
export function edgeDestination(route: Route, targets: RouteTable['targets']): object {
  return route.destinations.length > 0 ? routeDestination(route, targets) : { cluster: NOWHERE };
}
