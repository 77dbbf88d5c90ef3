import type { Route, RouteTable } from '../chain/RouteTable.ts';
import { nowhereName } from '../chain/Target.ts';
import { duration } from './duration.ts';
import { retryPolicy } from './retryPolicy.ts';
import { routeDestination } from './routeDestination.ts';
import { routeMatch } from './routeMatch.ts';

/** A route table for gRPC clients. A route without destination leads where its calls fail at once, and are told why. */
export function clientRoutes({ service, routes, targets }: RouteTable): {
  readonly name: string;
  readonly match: { readonly headers?: readonly object[] };
}[] {
  return routes.map((route) => ({
    name: routeName(route),
    match: routeMatch(route.match),
    route:
      route.destinations.length > 0 ? action(route, targets) : { cluster: nowhereName(service) },
  }));
}

function action(route: Route, targets: RouteTable['targets']): object {
  return {
    ...routeDestination(route, targets),
    ...(route.timeoutMs
      ? { max_stream_duration: { max_stream_duration: duration(route.timeoutMs) } }
      : {}),
    ...(route.retries ? { retry_policy: retryPolicy(route.retries) } : {}),
  };
}

/** Such as "default /market.v1.AnalyticsService/ListAssets" or "service-router route 1 any". */
export function routeName({ origin, match }: Route): string {
  return `${origin} ${match.path?.value ?? 'any'}`;
}
