import type { RouteTable, TargetDetails } from '../chain/RouteTable.ts';
import { TOTAL_WEIGHT } from '../chain/resolveSplits.ts';

/**
 * Calls that fail because nobody is where their routes lead, nor where they fail over to: 'routes of "web": 50% of the
 * calls by default go to web/v3, which has no healthy instance: they fail'. Consul takes a subset for good that no
 * instance is in.
 *
 * @param hasInstance Whether a target has an instance that calls may go to.
 */
export async function emptyTargets(
  { service, routes, targets }: RouteTable,
  hasInstance: (target: TargetDetails) => Promise<boolean>,
): Promise<string[]> {
  const isEmpty = async (name: string) => {
    const inTurn = [name, ...(targets[name]?.failover ?? [])];
    for (const one of inTurn) if (targets[one] && (await hasInstance(targets[one]))) return false;
    return true;
  };
  const shares = new Map<string, { readonly weight: number; readonly origin: string }>();
  for (const { destinations, origin } of routes) {
    for (const { target, weight } of destinations) {
      // That the service itself has no instance is said of the service.
      if (weight === 0 || target === service) continue;
      if ((shares.get(target)?.weight ?? 0) < weight) shares.set(target, { weight, origin });
    }
  }
  const warnings: string[] = [];
  for (const [target, { weight, origin }] of shares) {
    if (!(await isEmpty(target))) continue;
    const percent = `${(weight / TOTAL_WEIGHT) * 100}%`;
    warnings.push(
      `routes of "${service}": ${percent} of the calls by ${origin} go to ${target}, which has no healthy instance: they fail`,
    );
  }
  return warnings;
}
