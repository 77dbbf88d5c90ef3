import type { Fault } from '../../consul/index.ts';
import type { RouteTable } from '../chain/RouteTable.ts';
import { makeStampedResource, type Resource } from '../xds/Resource.ts';
import { clientRoutes } from './clientRoutes.ts';
import { httpConnectionManager } from './httpConnectionManager.ts';
import { injectFault } from './injectFault.ts';
import { refusalMetadata } from './refusalMetadata.ts';

/**
 * What a gRPC client gets for `xds:///service`.
 *
 * @param table Where its calls go; undefined for a service that nobody knows of. Its listener has
 *   no routes: callers fail at once, where without any answer they would hang.
 * @param fault What callers get on purpose.
 * @param refused What Consul says of the calls and the listener cannot carry.
 */
export function clientListener(
  service: string,
  table: RouteTable | undefined,
  fault?: Fault,
  refused: readonly string[] = [],
): Resource {
  const { routes, filters } = injectFault(fault, table ? clientRoutes(table) : []);
  return makeStampedResource('listener', service, (hash) => ({
    name: service,
    stat_prefix: hash,
    metadata: refusalMetadata(refused),
    api_listener: {
      api_listener: httpConnectionManager({ hash, routeName: service, routes, filters }),
    },
  }));
}
