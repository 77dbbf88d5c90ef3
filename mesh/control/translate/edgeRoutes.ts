import type { Fault } from '../../consul/index.ts';
import { edgeNames, isOpen, type MethodContract } from '../../contracts/index.ts';
import type { Route, RouteTable } from '../chain/RouteTable.ts';
import { isServiceName } from '../syntax/isServiceName.ts';
import { makeResource, type Resource } from '../xds/Resource.ts';
import { accessFilters } from './accessFilters.ts';
import { corsPolicy } from './corsPolicy.ts';
import { csrfPolicy } from './csrfPolicy.ts';
import { duration } from './duration.ts';
import { edgeDestination, NOWHERE } from './edgeDestination.ts';
import { bySpecificity, type EdgePath, httpRoutes, limitOfPath } from './httpRoutes.ts';
import { injectEdgeFault } from './injectEdgeFault.ts';
import { limitedAs, rateLimits, unlimited } from './rateLimit.ts';
import { edgeRetryPolicy } from './retryPolicy.ts';
import { routeMatch } from './routeMatch.ts';

/** Name of the route configuration that the edge's Envoy asks for. */
export const EDGE_ROUTES = edgeNames.routes;

/** How long Envoy waits beyond a method's deadline, so that the server's own answer comes first. */
const TIMEOUT_SLACK_MS = 500;

/** gRPC-Web too: its route is chosen before a filter makes gRPC of it. */
const isGrpc = { name: 'content-type', string_match: { prefix: 'application/grpc' } };

export interface EdgeOptions {
  /** Origins whose pages may call, such as "https://app.example.com"; "*" for any. */
  readonly corsOrigins: readonly string[];
  /** Paths that lead to the HTTP of services. Default: none. */
  readonly http?: readonly EdgePath[];
}

/** Where the calls to a service go, and what they get on purpose. */
export interface EdgeTarget {
  readonly table: RouteTable;
  readonly fault: Fault | undefined;
}

/**
 * The routes of the edge: for every method that the contracts open to the outside, the routes that a
 * caller inside of the mesh follows for it; and nothing else. REST calls get here after Envoy's transcoder
 * has turned their path into the gRPC one; before that they match the last route, which is why CORS and
 * its like stand on the virtual host.
 *
 * Changes only when contracts, config entries or faults do: Envoy refills the rate limits of a route
 * configuration that it gets anew.
 */
export function edgeRoutes(
  methods: readonly MethodContract[],
  targetOf: (service: string) => EdgeTarget,
  options: EdgeOptions,
): Resource {
  const { corsOrigins, http = [] } = options;
  const paths = bySpecificity(http).flatMap((path) => {
    const { table, fault } = targetOf(path.service);
    const own = httpRoutes(path, table);
    return fault ? injectEdgeFault(fault, own) : own;
  });
  const routes = methods.flatMap((method) => {
    if (!hasEdgeRoutes(method)) return [];
    const { table, fault } = targetOf(method.meshService);
    const own = table.routes
      .filter(({ match }) => match.path?.kind === 'exact' && match.path.value === method.path)
      .map((route) => methodRoute(method, route, table.targets));
    return fault ? injectEdgeFault(fault, own) : own;
  });
  return makeResource('routes', EDGE_ROUTES, {
    name: EDGE_ROUTES,
    virtual_hosts: [
      {
        name: EDGE_ROUTES,
        domains: ['*'],
        routes: [...routes, ...paths, notFound],
        typed_per_filter_config: {
          'envoy.filters.http.cors': corsPolicy(corsOrigins, routingHeaders(methods)),
          'envoy.filters.http.csrf': csrfPolicy(corsOrigins),
          'envoy.filters.http.local_ratelimit': rateLimits([
            ...methods.filter(hasEdgeRoutes),
            ...http.map(limitOfPath),
          ]),
        },
      },
    ],
  });
}

function routingHeaders(methods: readonly MethodContract[]): string[] {
  return methods.flatMap(({ routingHeader }) => routingHeader?.header ?? []).sort();
}

/** Whether the edge has routes for a method. */
export function hasEdgeRoutes(
  method: MethodContract,
): method is MethodContract & { readonly meshService: string } {
  const { meshService } = method;
  return isOpen(method) && meshService !== undefined && isServiceName(meshService);
}

function methodRoute(method: MethodContract, route: Route, targets: RouteTable['targets']) {
  const { headers = [], ...path } = routeMatch(route.match);
  return {
    name: method.path,
    match: { ...path, headers: [isGrpc, ...headers] },
    route: {
      ...edgeDestination(route, targets),
      ...timeouts(method, route),
    },
    ...deadlineHeader(method, route),
    metadata: limitedAs(method),
    typed_per_filter_config: accessFilters(method),
  };
}

/**
 * A stream has neither a timeout nor one for silence (Envoy would cut it after 15 s and 5 min), but a life that ends:
 * who holds streams keeps others out.
 */
function timeouts(method: MethodContract, { timeoutMs, retries }: Route): object {
  const { maxStreamDurationMs } = method;
  if (maxStreamDurationMs !== undefined) {
    const life = { max_stream_duration: duration(maxStreamDurationMs + TIMEOUT_SLACK_MS) };
    return { timeout: duration(0), idle_timeout: duration(0), max_stream_duration: life };
  }
  return {
    timeout: duration(timeoutMs ? timeoutMs + TIMEOUT_SLACK_MS : 0),
    ...(retries ? { retry_policy: edgeRetryPolicy(retries) } : {}),
  };
}

/**
 * Tells the server the call's deadline, unless the caller has set its own. That of a stream is said whatever the caller
 * says: Envoy has by then put its own there, after which it cuts the stream, and the server's end is to come before.
 */
function deadlineHeader({ maxStreamDurationMs }: MethodContract, { timeoutMs }: Route): object {
  const milliseconds = maxStreamDurationMs ?? timeoutMs;
  if (!milliseconds) return {};
  return {
    request_headers_to_add: [
      {
        header: { key: 'grpc-timeout', value: grpcTimeout(milliseconds) },
        append_action:
          maxStreamDurationMs === undefined ? 'ADD_IF_ABSENT' : 'OVERWRITE_IF_EXISTS_OR_ADD',
      },
    ],
  };
}

/** As gRPC's HTTP/2 protocol writes it: at most eight digits and a unit. */
function grpcTimeout(milliseconds: number): string {
  const whole = Math.ceil(milliseconds);
  return whole < 1e8 ? `${whole}m` : `${Math.ceil(whole / 1_000)}S`;
}

/**
 * What is no method: 404, unless a filter answers before (CORS a preflight, the transcoder a REST call).
 * It leads to a cluster that nobody has, for Envoy's CORS filter passes over routes that answer themselves.
 */
const notFound = {
  name: 'not-found',
  match: { prefix: '/' },
  route: { cluster: NOWHERE, cluster_not_found_response_code: 'NOT_FOUND' },
  typed_per_filter_config: { 'envoy.filters.http.local_ratelimit': unlimited },
};
