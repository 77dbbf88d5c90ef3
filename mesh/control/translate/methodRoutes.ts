import type { MethodContract } from '../../contracts/index.ts';
import { duration } from './duration.ts';
import { clientRetryPolicy } from './retryPolicy.ts';

/** The parts of envoy.config.route.v3.Route that are used. */
interface MethodRoute {
  readonly name: string;
  readonly match: object;
  readonly route: object;
}

/**
 * Routes of a service's methods for gRPC clients: a path each where the contract says something that a
 * route can express, and one for all the rest (other methods, health, reflection), which has neither
 * timeout nor retries.
 */
export function methodRoutes(cluster: string, methods: readonly MethodContract[]): MethodRoute[] {
  const routes = methods.flatMap((method) => {
    const policy = callPolicy(method);
    if (!policy) return [];
    return [{ name: method.path, match: { path: method.path }, route: { cluster, ...policy } }];
  });
  return [...routes, { name: 'rest', match: { prefix: '' }, route: { cluster } }];
}

/**
 * A stream gets nothing: in gRPC the timeout of a route ends streams too. To a unary call the route's
 * timeout is a limit; a shorter deadline of the caller stands.
 */
function callPolicy(method: MethodContract): object | undefined {
  if (method.requestStream || method.responseStream) return undefined;
  const policy = {
    ...(method.timeoutMs
      ? { max_stream_duration: { max_stream_duration: duration(method.timeoutMs) } }
      : {}),
    ...(method.idempotency === 'unknown' ? {} : { retry_policy: clientRetryPolicy }),
  };
  return Object.keys(policy).length > 0 ? policy : undefined;
}
