import { edgeNames, type MethodContract, methodDefaults } from '../../contracts/index.ts';
import type { HttpPath } from '../../manifest/index.ts';
import type { RouteTable } from '../chain/RouteTable.ts';
import type { PathMatch } from '../watch/routing/serviceRouter.ts';
import { pack } from '../xds/encode.ts';
import { accessFilters } from './accessFilters.ts';
import { duration } from './duration.ts';
import { edgeDestination } from './edgeDestination.ts';
import type { FaultableRoute } from './injectFault.ts';
import { limitedAs } from './rateLimit.ts';
import { routeMatch } from './routeMatch.ts';

/** A path at the edge that leads to the HTTP of a service. */
export interface EdgePath extends HttpPath {
  readonly service: string;
}

/** What REST calls pass, and HTTP that is not REST must not: it has other bodies, and no contract. */
export const REST_FILTERS = [
  ...edgeNames.contractFilters,
  'envoy.filters.http.buffer',
  'envoy.filters.http.grpc_json_transcoder',
];

/** Nothing of what is asked for has reached a handler: to ask another instance is safe whatever it is. */
const UNHANDLED = 'connect-failure,refused-stream';

/** Calls of all that is below one path count together. */
export function limitOfPath({ path }: EdgePath): Pick<MethodContract, 'path' | 'rateLimit'> {
  return { path, rateLimit: methodDefaults.readRateLimit };
}

/**
 * The routes of a path: those that callers of the service follow for requests of HTTP below it, WebSockets among them. No
 * answer has a time in which it must be over; a request is asked anew only where nobody has looked at it.
 */
export function httpRoutes(edgePath: EdgePath, { routes, targets }: RouteTable): FaultableRoute[] {
  const { path, access, roles = [], scopes = [] } = edgePath;
  const filters = {
    ...Object.fromEntries(REST_FILTERS.map((name) => [name, disabled])),
    ...accessFilters({ access, roles, scopes }),
  };
  return routes.flatMap((route) =>
    narrowed(path, route.match.path).map((match) => ({
      name: `${path} ${route.origin}`,
      match: routeMatch({ path: match, headers: route.match.headers }),
      route: {
        ...edgeDestination(route, targets),
        timeout: duration(0),
        retry_policy: { retry_on: UNHANDLED, num_retries: { value: 3 } },
        upgrade_configs: [{ upgrade_type: 'websocket' }],
      },
      metadata: limitedAs(limitOfPath(edgePath)),
      typed_per_filter_config: filters,
    })),
  );
}

const disabled = pack('envoy.config.route.v3.FilterConfig', { disabled: true });

/** What of the paths below `path` a route of the service's table takes; empty: nothing. */
function narrowed(path: string, match: PathMatch | undefined): PathMatch[] {
  const whole: PathMatch[] = [
    { kind: 'exact', value: path, ignoresCase: false },
    { kind: 'prefix', value: `${path}/`, ignoresCase: false },
  ];
  if (!match) return whole;
  const isBelow = match.value === path || match.value.startsWith(`${path}/`);
  switch (match.kind) {
    case 'exact':
      return isBelow ? [match] : [];
    case 'prefix':
      if (isBelow) return [match];
      return whole.filter(({ value }) => value.startsWith(match.value));
    case 'regex':
      // Cannot be put together with a prefix, and without it would lead paths of others here.
      return [];
  }
}
