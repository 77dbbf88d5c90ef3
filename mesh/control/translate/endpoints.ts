import { type Target, targetName } from '../chain/Target.ts';
import { type Instance, isUsable } from '../watch/Instance.ts';
import type { LoadBalancing } from '../watch/routing/loadBalancing.ts';
import { makeResource, type Resource } from '../xds/Resource.ts';

export interface EndpointsParts {
  readonly target: Target;
  readonly instances: readonly Instance[];
  readonly datacenter: string;
  /** Instances with a warning are left out too. Default: false. */
  readonly onlyPassing?: boolean;
  /** Default: round_robin. */
  readonly policy?: LoadBalancing['policy'];
  /** Where the caller stands: instances there come first, and the others when none of them is left. */
  readonly zone?: string | undefined;
}

/**
 * Where a target's calls go: its instances that are not critical, weighted as Consul says for their
 * health. Sorted, so that replicas answer alike.
 *
 * gRPC weighs localities, not endpoints, except in a ring, where it multiplies both. So in a ring a zone is
 * a locality of weight 1, and else each weight that occurs in a zone is one, as heavy as its instances
 * together. A locality has a weight always: clients drop one without.
 */
export function endpoints(parts: EndpointsParts): Resource {
  const { target, datacenter, zone: own } = parts;
  const name = targetName(target);
  const usable = usableInstances(parts);
  const hasOwn = own !== undefined && usable.some(({ zone }) => zone === own);
  return makeResource('endpoints', name, {
    cluster_name: name,
    endpoints: localities(usable, parts.policy === 'ring_hash').map(
      ({ zone, group, weight, members }) => ({
        locality: { region: datacenter, zone, sub_zone: group },
        priority: hasOwn && zone !== own ? 1 : 0,
        load_balancing_weight: { value: weight },
        lb_endpoints: members.map(lbEndpoint),
      }),
    ),
  });
}

interface Locality {
  readonly zone: string;
  readonly group: string;
  readonly weight: number;
  readonly members: readonly Instance[];
}

function localities(instances: readonly Instance[], isRing: boolean): Locality[] {
  return groupBy(instances, ({ zone }) => zone ?? '').flatMap(([zone, inZone]) => {
    if (isRing) return [{ zone, group: '', weight: 1, members: inZone }];
    const byWeight = groupBy(inZone, ({ weight }) => String(weight));
    return byWeight.map(([weight, members]) => ({
      zone,
      group: byWeight.length > 1 ? `weight-${weight}` : '',
      weight: Number(weight) * members.length,
      members,
    }));
  });
}

function groupBy(
  instances: readonly Instance[],
  keyOf: (instance: Instance) => string,
): [string, Instance[]][] {
  const groups = Map.groupBy(instances, keyOf);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function lbEndpoint({ address, port, weight }: Instance): object {
  return {
    health_status: 'HEALTHY',
    load_balancing_weight: { value: weight },
    endpoint: { address: { socket_address: { address, port_value: port } } },
  };
}

/** One registration of each address: clients refuse the whole service when one occurs twice. */
function usableInstances({ instances, onlyPassing }: EndpointsParts): Instance[] {
  const byAddress = new Map<string, Instance>();
  for (const instance of instances) {
    if (!isUsable(instance) || (onlyPassing && instance.health !== 'passing')) continue;
    const key = `${instance.address} ${instance.port}`;
    const known = byAddress.get(key);
    if (!known || known.weight < instance.weight) byAddress.set(key, instance);
  }
  return [...byAddress].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, instance]) => instance);
}
