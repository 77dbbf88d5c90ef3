import type { Fault } from '../../consul/index.ts';
import type { RouteTable } from '../chain/RouteTable.ts';
import { makeStampedResource, type Resource } from '../xds/Resource.ts';
import { clientRoutes } from './clientRoutes.ts';
import { httpConnectionManager } from './httpConnectionManager.ts';
import { injectFault } from './injectFault.ts';
import { refusalMetadata } from './refusalMetadata.ts';

/**
 * What a gRPC client gets for `xds:///service` (gRFC A27, and A28 for its routes).
 * https://github.com/grpc/proposal/blob/master/A27-xds-global-load-balancing.md
 * https://github.com/grpc/proposal/blob/master/A28-xds-traffic-splitting-and-routing.md
 *
 * @param table Where its calls go.
 * @param fault What callers get on purpose.
 * @param refused What Consul says of the calls and the listener cannot carry.
 */
export function clientListener(
  service: string,
  table: RouteTable,
  fault?: Fault,
  refused: readonly string[] = [],
): Resource {
  const { routes, filters } = injectFault(fault, clientRoutes(table));
  return makeStampedResource('listener', service, (hash) => ({
    name: service,
    stat_prefix: hash,
    metadata: refusalMetadata(refused),
    api_listener: {
      api_listener: httpConnectionManager({ hash, routeName: service, routes, filters }),
    },
  }));
}
