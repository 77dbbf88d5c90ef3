import type { Fault } from '../../consul/index.ts';
import type { MethodContract } from '../../contracts/index.ts';
import { makeStampedResource, type Resource } from '../xds/Resource.ts';
import { httpConnectionManager } from './httpConnectionManager.ts';
import { injectFault } from './injectFault.ts';
import { methodRoutes } from './methodRoutes.ts';

/**
 * What a gRPC client gets for `xds:///service`.
 *
 * @param methods The service's contracts; undefined for a service that nobody knows of. Its listener has
 *   no routes: callers fail at once, where without any answer they would hang.
 * @param fault What callers get on purpose.
 */
export function clientListener(
  service: string,
  methods: readonly MethodContract[] | undefined,
  fault?: Fault,
): Resource {
  const { routes, filters } = injectFault(fault, methods ? methodRoutes(service, methods) : []);
  return makeStampedResource('listener', service, (hash) => ({
    name: service,
    stat_prefix: hash,
    api_listener: {
      api_listener: httpConnectionManager({ hash, routeName: service, routes, filters }),
    },
  }));
}
