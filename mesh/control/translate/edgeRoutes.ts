import type { Fault } from '../../consul/index.ts';
import { edgeNames, grpcContentType, isOpen, type MethodContract } from '../../contracts/index.ts';
import type { AddressLimit } from '../../manifest/index.ts';
import type { Route, RouteTable } from '../chain/RouteTable.ts';
import { isServiceName } from '../syntax/isServiceName.ts';
import { pack } from '../xds/encode.ts';
import { makeResource, type Resource } from '../xds/Resource.ts';
import { accessFilters } from './accessFilters.ts';
import { addressLimits, countByAddress, countedBranches } from './addressLimits.ts';
import { corsPolicy } from './corsPolicy.ts';
import { csrfPolicy } from './csrfPolicy.ts';
import { duration } from './duration.ts';
import { edgeDestination, NOWHERE } from './edgeDestination.ts';
import { healthRoute } from './healthRoute.ts';
import { type EdgePath, httpRoutes, limitOfPath } from './httpRoutes.ts';
import { injectEdgeFault } from './injectEdgeFault.ts';
import { type Branch, pathTree } from './pathTree.ts';
import { limitedAs, rateLimits, unlimited } from './rateLimit.ts';
import { restRoutes } from './restRoutes.ts';
import { edgeRetryPolicy } from './retryPolicy.ts';
import { routeMatch } from './routeMatch.ts';

/** Name of the route configuration that the edge's Envoy asks for. */
export const EDGE_ROUTES = edgeNames.routes;

/** How long Envoy waits beyond a method's deadline, so that the server's own answer comes first. */
const TIMEOUT_SLACK_MS = 500;

/** gRPC-Web too: its route is chosen before a filter makes gRPC of it. */
const isGrpc = {
  name: 'content-type',
  string_match: {
    safe_regex: { regex: `${grpcContentType.grpc}|${grpcContentType.grpcWeb}` },
  },
};

export interface EdgeOptions {
  /** Origins whose pages may call, such as "https://app.example.com"; "*" for any. */
  readonly corsOrigins: readonly string[];
  /** Paths that lead to the HTTP of services. Default: none. */
  readonly http?: readonly EdgePath[];
  /** What one client address may ask of some paths together. Default: no more is said of it. */
  readonly addressLimits?: readonly AddressLimit[];
}

/** Where the calls to a service go, and what they get on purpose. */
export interface EdgeTarget {
  readonly table: RouteTable;
  readonly fault: Fault | undefined;
}

/**
 * The routes of the edge: for every method that the contracts open to the outside, the routes that a
 * caller inside of the mesh follows for it; paths of HTTP; /health; and nothing else. REST calls get here after Envoy's
 * transcoder has turned their path into the gRPC one; before that they match the last route or one like it (restRoutes), which is
 * why CORS and its like stand on the virtual host.
 *
 * Changes only when contracts, config entries or faults do: Envoy refills the rate limits of a route
 * configuration that it gets anew.
 */
export function edgeRoutes(
  methods: readonly MethodContract[],
  targetOf: (service: string) => EdgeTarget,
  options: EdgeOptions,
): Resource {
  const { corsOrigins, http = [], addressLimits: limits = [] } = options;
  const open = methods.filter(hasEdgeRoutes);
  const paths = http.map((path): Branch => {
    const { table, fault } = targetOf(path.service);
    const own = httpRoutes(path, table);
    return { prefix: path.path, routes: fault ? injectEdgeFault(fault, own) : own };
  });
  const routes = open.map((method): Branch => {
    const { table, fault } = targetOf(method.meshService);
    const own = table.routes
      .filter(({ match }) => match.path?.kind === 'exact' && match.path.value === method.path)
      .map((route) => methodRoute(method, route, table.targets));
    const routes = fault ? injectEdgeFault(fault, own) : own;
    return { prefix: method.path, routes: [...routes, unsupported(method)] };
  });
  const health: Branch = { prefix: edgeNames.healthPath, routes: [healthRoute] };
  return makeResource('routes', EDGE_ROUTES, {
    name: EDGE_ROUTES,
    virtual_hosts: [
      {
        name: EDGE_ROUTES,
        domains: ['*'],
        matcher: pathTree(
          [
            ...[...routes, health, ...paths, ...restRoutes(open, notFound)],
            ...countedBranches(limits),
          ],
          notFound,
          (prefix, all) => countByAddress(limits, prefix, all),
        ),
        typed_per_filter_config: {
          'envoy.filters.http.cors': corsPolicy(corsOrigins, routingHeaders(methods)),
          'envoy.filters.http.csrf': csrfPolicy(corsOrigins),
          'envoy.filters.http.local_ratelimit': rateLimits([
            ...open.map(({ rateLimit }) => rateLimit),
            ...http.map((path) => limitOfPath(path).rateLimit),
          ]),
          // Off where nothing is said.
          ...(limits.length > 0 ? { [edgeNames.addressLimitFilter]: addressLimits(limits) } : {}),
        },
      },
    ],
  });
}

/** The services that the edge has routes to, each once. */
export function edgeServices(
  methods: readonly MethodContract[],
  { http = [] }: EdgeOptions,
): string[] {
  return [
    ...new Set([
      ...methods.filter(hasEdgeRoutes).map(({ meshService }) => meshService),
      ...http.map(({ service }) => service).filter(isServiceName),
    ]),
  ];
}

function routingHeaders(methods: readonly MethodContract[]): string[] {
  return methods.flatMap(({ routingHeader }) => routingHeader?.header ?? []).sort();
}

/** Whether the edge has routes for a method. */
function hasEdgeRoutes(
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
 * What is sent to a method and is neither gRPC nor gRPC-Web, such as gRPC-Web with JSON: 415, as gRPC has it.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
 */
function unsupported({ path }: MethodContract): object {
  return {
    name: `${path} unsupported`,
    match: { path, headers: [{ name: ':method', string_match: { exact: 'POST' } }] },
    direct_response: {
      status: 415,
      body: { inline_string: 'the content type must be application/grpc or application/grpc-web' },
    },
    typed_per_filter_config: {
      ...Object.fromEntries(edgeNames.contractFilters.map((name) => [name, disabled])),
      'envoy.filters.http.local_ratelimit': unlimited,
    },
  };
}

const disabled = pack('envoy.config.route.v3.FilterConfig', { disabled: true });

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
