import type { MethodContract } from '../../contracts/index.ts';
import { makeStampedResource, type Resource } from '../xds/Resource.ts';
import { httpConnectionManager } from './httpConnectionManager.ts';
import { methodRoutes } from './methodRoutes.ts';

/**
 * What a gRPC client gets for `xds:///service`.
 *
 * @param methods The service's contracts; undefined for a service that nobody knows of. Its listener has
 *   no routes: callers fail at once, where without any answer they would hang.
 */
export function clientListener(
  service: string,
  methods: readonly MethodContract[] | undefined,
): Resource {
  const routes = methods ? methodRoutes(service, methods) : [];
  return makeStampedResource('listener', service, (hash) => ({
    name: service,
    stat_prefix: hash,
    api_listener: {
      api_listener: httpConnectionManager({ hash, routeName: service, routes, filters: [] }),
    },
  }));
}
