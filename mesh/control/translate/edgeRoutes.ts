import type { MethodContract } from '../../contracts/index.ts';
import { makeResource, type Resource } from '../xds/Resource.ts';
import { corsPolicy } from './corsPolicy.ts';
import { duration } from './duration.ts';
import { rateLimit } from './rateLimit.ts';
import { edgeRetryPolicy } from './retryPolicy.ts';
import { isServiceName } from './spiffe.ts';

/** Name of the route configuration that the edge's Envoy asks for. */
export const EDGE_ROUTES = 'edge';

/** How long Envoy waits beyond a method's deadline, so that the server's own answer comes first. */
const TIMEOUT_SLACK_MS = 500;

/** gRPC-Web too: its route is chosen before a filter makes gRPC of it. */
const isGrpc = { name: 'content-type', string_match: { prefix: 'application/grpc' } };

export interface EdgeOptions {
  /** Origins whose pages may call; "*" for any. */
  readonly corsOrigins: readonly string[];
}

/**
 * The routes of the edge: the gRPC path of every method that the contracts open to the outside, and
 * nothing else. REST calls get here after Envoy's transcoder has turned their path into the gRPC one;
 * before that they match the last route, which is why CORS stands on the virtual host.
 *
 * Made of contracts alone, so it changes only when they do: Envoy refills the rate limits of a route
 * configuration that it gets anew.
 */
export function edgeRoutes(methods: readonly MethodContract[], options: EdgeOptions): Resource {
  const open = methods.flatMap((method) =>
    method.access === 'public' && method.meshService && isServiceName(method.meshService)
      ? [{ ...method, meshService: method.meshService }]
      : [],
  );
  return makeResource('routes', EDGE_ROUTES, {
    name: EDGE_ROUTES,
    virtual_hosts: [
      {
        name: EDGE_ROUTES,
        domains: ['*'],
        routes: [...open.map(methodRoute), notFound],
        typed_per_filter_config: { 'envoy.filters.http.cors': corsPolicy(options.corsOrigins) },
      },
    ],
  });
}

function methodRoute(method: MethodContract & { readonly meshService: string }): object {
  return {
    name: method.path,
    match: { path: method.path, headers: [isGrpc] },
    route: {
      cluster: method.meshService,
      ...timeouts(method),
    },
    ...deadlineHeader(method),
    typed_per_filter_config: {
      'envoy.filters.http.local_ratelimit': rateLimit(method.rateLimit),
    },
  };
}

/** A stream has no timeout at all, nor one for silence; Envoy would cut it after 15 s and 5 min. */
function timeouts(method: MethodContract): object {
  if (method.requestStream || method.responseStream) {
    return { timeout: duration(0), idle_timeout: duration(0) };
  }
  return {
    timeout: duration(method.timeoutMs ? method.timeoutMs + TIMEOUT_SLACK_MS : 0),
    ...(method.idempotency === 'unknown' ? {} : { retry_policy: edgeRetryPolicy }),
  };
}

/** Tells the server the method's deadline, unless the caller has set its own. */
function deadlineHeader(method: MethodContract): object {
  if (!method.timeoutMs || method.requestStream || method.responseStream) return {};
  return {
    request_headers_to_add: [
      {
        header: { key: 'grpc-timeout', value: grpcTimeout(method.timeoutMs) },
        append_action: 'ADD_IF_ABSENT',
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
  route: { cluster: 'weft-nowhere', cluster_not_found_response_code: 'NOT_FOUND' },
};
