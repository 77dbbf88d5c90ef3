import type { TargetDescription } from '../chain/describeTarget.ts';
import { parseTargets } from '../chain/Target.ts';
import { endpoints } from '../translate/endpoints.ts';
import type { ResourcePlan } from './ResourcePlan.ts';
import type { RouteTables } from './RouteTables.ts';

/** A target's endpoints, as seen from a zone. Undefined: the name is not that of one target. */
export function planEndpoints(
  name: string,
  zone: string | undefined,
  tables: RouteTables,
): ResourcePlan | undefined {
  const [target, ...others] = parseTargets(name) ?? [];
  if (!target || others.length > 0) return undefined;
  const { service } = target;
  let last: TargetDescription | undefined;
  // A subset that is gone stays what it was, for those who still call it.
  const describe = () => {
    last = tables.describe(target) ?? last;
    return last;
  };
  return {
    key: `endpoints ${name} ${zone ?? ''}`,
    service,
    dependsOn: ['identity', 'instances', 'routing'],
    watches() {
      const described = describe();
      return {
        services: [],
        instances: described ? [{ service, filter: described.filter }] : [],
      };
    },
    make(state) {
      const described = describe();
      const known = described && state.instances(service, described.filter);
      if (!known || !state.identity) return undefined;
      const { datacenter } = state.identity;
      const { onlyPassing, loadBalancing } = described;
      const { instances } = known;
      const { policy } = loadBalancing;
      return endpoints({ target, instances, datacenter, onlyPassing, policy, zone });
    },
  };
}
