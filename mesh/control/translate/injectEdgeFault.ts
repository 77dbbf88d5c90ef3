import type { Fault } from '../../consul/index.ts';
import { edgeNames, HTTP_STATUSES } from '../../contracts/index.ts';
import { type FaultableRoute, faultyRoutes, httpFault } from './injectFault.ts';

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
