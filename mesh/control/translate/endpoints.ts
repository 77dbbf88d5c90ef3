import { type Instance, isUsable } from '../watch/Instance.ts';
import { makeResource, type Resource } from '../xds/Resource.ts';

/**
 * Where a service's calls go: its instances that are not critical, weighted as Consul says for their
 * health. In one locality, with a weight: clients drop a locality without one. Sorted, so that replicas
 * answer alike.
 */
export function endpoints(
  service: string,
  instances: readonly Instance[],
  datacenter: string,
): Resource {
  const usable = usableInstances(instances);
  return makeResource('endpoints', service, {
    cluster_name: service,
    endpoints:
      usable.length === 0
        ? []
        : [
            {
              locality: { region: datacenter },
              priority: 0,
              load_balancing_weight: { value: 1 },
              lb_endpoints: usable.map(({ address, port, weight }) => ({
                health_status: 'HEALTHY',
                load_balancing_weight: { value: weight },
                endpoint: { address: { socket_address: { address, port_value: port } } },
              })),
            },
          ],
  });
}

/** One registration of each address: clients refuse the whole service when one occurs twice. */
function usableInstances(instances: readonly Instance[]): Instance[] {
  const byAddress = new Map<string, Instance>();
  for (const instance of instances) {
    if (!isUsable(instance)) continue;
    const key = `${instance.address} ${instance.port}`;
    const known = byAddress.get(key);
    if (!known || known.weight < instance.weight) byAddress.set(key, instance);
  }
  return [...byAddress].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, instance]) => instance);
}
