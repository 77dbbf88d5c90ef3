import { entryRefusals } from '../chain/entryRefusals.ts';
import { parseTargets, targetName } from '../chain/Target.ts';
import { failoverCluster } from '../translate/failoverCluster.ts';
import type { TlsSource } from '../translate/upstreamTls.ts';
import type { UpstreamPolicy, Upstreams } from '../watch/routing/upstreams.ts';
import type { XdsClient } from '../xds/XdsClient.ts';
import type { ResourcePlan } from './ResourcePlan.ts';
import type { RouteTables } from './RouteTables.ts';
import type { SharedClusters } from './SharedClusters.ts';

/** A target's cluster, or the one that tries several targets. Undefined: the name is of neither. */
export function planCluster(
  name: string,
  client: XdsClient,
  clusters: SharedClusters,
  tables: RouteTables,
): ResourcePlan | undefined {
  const targets = parseTargets(name);
  if (!targets) return undefined;
  const [target, ...others] = targets;
  const { service, subset } = target;
  const tls = tlsSource(client);
  const kind = tls.kind === 'sds' ? tls.file : '';
  if (others.length > 0) {
    return {
      key: `cluster ${name} ${kind}`,
      service,
      dependsOn: ['routing'],
      make() {
        const policy = tables.describe(target)?.loadBalancing.policy ?? 'round_robin';
        return failoverCluster(targets, policy, tls.kind === 'sds');
      },
    };
  }
  return {
    key: `cluster ${targetName({ service, subset })} ${kind} ${client.service}`,
    service,
    dependsOn: ['identity', 'routing', 'defaults'],
    watches: () => ({ services: [client.service], instances: [] }),
    make({ identity, defaults }) {
      // Load balancing and timeouts are the same for all subsets of a service, also for one that is gone.
      const described = tables.describe(target) ?? tables.describe({ service, subset: undefined });
      if (!identity || !described) return undefined;
      const own = defaults?.get(client.service);
      return clusters.get({
        target,
        identity,
        tls,
        loadBalancing: described.loadBalancing,
        upstream: upstreamPolicy(own?.value?.upstreams, service),
        connectTimeoutMs: described.connectTimeoutMs,
        refused: entryRefusals(`service-defaults/${client.service}`, own),
      });
    },
  };
}

/** What a caller's entry says of the service that it calls, before what it says of all. */
function upstreamPolicy(upstreams: Upstreams | undefined, service: string): UpstreamPolicy {
  const own = Object.entries(upstreams?.overrides.get(service) ?? {});
  const said = own.filter(([, value]) => value !== undefined);
  return { ...upstreams?.defaults, ...Object.fromEntries(said) };
}

function tlsSource(client: XdsClient): TlsSource {
  return client.isEnvoy && client.sdsFile
    ? { kind: 'sds', file: client.sdsFile }
    : { kind: 'provider' };
}
