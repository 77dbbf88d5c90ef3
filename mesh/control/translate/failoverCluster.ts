import { failoverName, type Target, targetName } from '../chain/Target.ts';
import type { LoadBalancing } from '../watch/routing/loadBalancing.ts';
import { pack } from '../xds/encode.ts';
import { makeResource, type Resource } from '../xds/Resource.ts';
import { duration } from './duration.ts';

/**
 * Clusters to try in turn: the first that has a healthy instance gets the calls (gRFC A37). Each expects
 * its own service's identity.
 *
 * @param policy gRPC demands one here too; Envoy refuses any.
 */
export function failoverCluster(
  targets: readonly Target[],
  policy: LoadBalancing['policy'],
  isEnvoy: boolean,
): Resource {
  const name = failoverName(targets);
  const ofGrpc = policy === 'ring_hash' ? 'RING_HASH' : 'ROUND_ROBIN';
  return makeResource('cluster', name, {
    name,
    cluster_type: {
      name: 'envoy.clusters.aggregate',
      typed_config: pack('envoy.extensions.clusters.aggregate.v3.ClusterConfig', {
        clusters: targets.map(targetName),
      }),
    },
    connect_timeout: duration(5_000),
    lb_policy: isEnvoy ? 'CLUSTER_PROVIDED' : ofGrpc,
  });
}
