import { isServiceName } from '../syntax/isServiceName.ts';
import type { RoutingEntries } from '../watch/routing/RoutingEntries.ts';
import type { Findings } from './Findings.ts';
import { resolveTarget } from './resolveTarget.ts';
import { type Target, targetName } from './Target.ts';

/** A target and how many of 10,000 calls it gets. */
export interface Share {
  readonly target: Target;
  readonly weight: number;
}

/** A hundredth of a percent is the least that a splitter knows. */
export const TOTAL_WEIGHT = 10_000;

/**
 * Who gets a service's calls: its splitter's shares, and of a share whose service has a splitter too,
 * that one's in turn. A service without splitter is resolved. A share that leads nowhere is left out, and
 * the others take it over.
 *
 * @returns shares of 10,000 in all, in the order of the splits; empty when nothing can be reached.
 */
export function resolveSplits(
  entries: RoutingEntries,
  service: string,
  subset: string | undefined,
  findings: Findings,
): Share[] {
  const parts = new Map<string, { target: Target; part: number }>();
  addParts(entries, { service, subset }, 1, new Set(), findings, parts);
  return toWeights([...parts.values()]);
}

function addParts(
  entries: RoutingEntries,
  named: Target,
  part: number,
  above: ReadonlySet<string>,
  findings: Findings,
  parts: Map<string, { target: Target; part: number }>,
): void {
  findings.visited.add(named.service);
  const splitter = entries.splitters.get(named.service)?.value;
  const label = `service-splitter/${named.service}`;
  if (!splitter || named.subset !== undefined || above.has(named.service)) {
    if (splitter && named.subset === undefined && above.size > 0) {
      // A share of the splitter's own service is resolved, not split again; any other is a circle.
      if ([...above].at(-1) !== named.service) {
        findings.warn(label, 'splits in a circle: the share goes to the service itself');
      }
    }
    const target = resolveTarget(entries, named, findings);
    if (!target) return;
    const known = parts.get(targetName(target));
    parts.set(targetName(target), { target, part: (known?.part ?? 0) + part });
    return;
  }
  for (const { weight, service = named.service, subset } of splitter.splits) {
    if (!isServiceName(service)) {
      findings.unresolvedReference(
        label,
        `"${service}" is no name of a service: its share is left out`,
      );
      continue;
    }
    const below = new Set(above).add(named.service);
    addParts(entries, { service, subset }, part * (weight / 100), below, findings, parts);
  }
}

/** By the largest remainders, so that the sum is exact and what has a part has a weight near it. */
function toWeights(parts: readonly { readonly target: Target; readonly part: number }[]): Share[] {
  const sum = parts.reduce((total, { part }) => total + part, 0);
  if (!(sum > 0)) return [];
  const exact = parts.map(({ part }) => (part / sum) * TOTAL_WEIGHT);
  const weights = exact.map((weight) => Math.floor(weight + 1e-6));
  const order = exact.map((_, at) => at).sort((a, b) => rest(b) - rest(a) || a - b);
  function rest(at: number): number {
    return (exact[at] ?? 0) - (weights[at] ?? 0);
  }
  let missing = TOTAL_WEIGHT - weights.reduce((total, weight) => total + weight, 0);
  for (const at of order) {
    if (missing <= 0) break;
    weights[at] = (weights[at] ?? 0) + 1;
    missing -= 1;
  }
  return parts.map(({ target }, at) => ({ target, weight: weights[at] ?? 0 }));
}
