import type { AbortCode, Fault } from '../../consul/index.ts';
import { edgeNames } from '../../contracts/index.ts';
import { type FaultableRoute, faultyRoutes, httpFault } from './injectFault.ts';

/** As Envoy's transcoder maps the status of a gRPC call; after google/rpc/code.proto. */
const HTTP_STATUSES: Readonly<Record<AbortCode, number>> = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
};

/** Headers that filters of the edge set, and nobody outside can: neither REST nor gRPC-Web has become this call. */
const isPlainGrpc = ['x-envoy-original-method', edgeNames.grpcWebHeader].map((name) => ({
  name,
  present_match: true,
  invert_match: true,
}));

/**
 * Puts a fault into the routes of the edge, whose listener has the fault filter with nothing in it.
 *
 * Envoy aborts by a gRPC status only those who speak gRPC to it; REST and gRPC-Web would be told 200. They get
 * an HTTP status.
 */
export function injectEdgeFault<Kept extends FaultableRoute>(
  fault: Fault,
  routes: readonly Kept[],
): readonly Kept[] {
  if (!fault.abort) return faultyRoutes(fault, httpFault(fault), routes);
  const status = { http_status: HTTP_STATUSES[fault.abort.code] };
  const grpc = faultyRoutes(fault, httpFault(fault), routes, isPlainGrpc);
  return [
    ...grpc.filter((route) => !routes.includes(route)),
    ...faultyRoutes(fault, httpFault(fault, status), routes),
  ];
}
