import type { LoadBalancing } from '../watch/routing/loadBalancing.ts';
import type { RoutingEntries } from '../watch/routing/RoutingEntries.ts';
import type { Findings } from './Findings.ts';
import { resolverOf } from './resolveTarget.ts';
import type { Target } from './Target.ts';

/** What the service-resolver says of a target. */
export interface TargetDescription {
  readonly target: Target;
  /** In Consul's filter language; empty: all. */
  readonly filter: string;
  readonly onlyPassing: boolean;
  readonly loadBalancing: LoadBalancing;
  readonly connectTimeoutMs: number | undefined;
  readonly requestTimeoutMs: number | undefined;
  /** Where to go when no instance is healthy, in turn. */
  readonly failover: readonly Target[];
}

/** How one of several instances is chosen when nothing is said. */
export const ROUND_ROBIN: LoadBalancing = {
  policy: 'round_robin',
  hashHeaders: [],
  ringSize: { minimum: 1_024, maximum: 8_388_608 },
};

/** Without its failover. Undefined: the target is a subset that nobody defines. */
export function describeTarget(
  entries: RoutingEntries,
  target: Target,
  findings: Findings,
): TargetDescription | undefined {
  const resolver = resolverOf(entries, target.service, findings);
  const subset = target.subset === undefined ? undefined : resolver?.subsets.get(target.subset);
  if (target.subset !== undefined && !subset) return undefined;
  return {
    target,
    filter: subset?.filter ?? '',
    onlyPassing: subset?.onlyPassing ?? false,
    loadBalancing: resolver?.loadBalancing ?? ROUND_ROBIN,
    connectTimeoutMs: resolver?.connectTimeoutMs,
    requestTimeoutMs: resolver?.requestTimeoutMs,
    failover: [],
  };
}
