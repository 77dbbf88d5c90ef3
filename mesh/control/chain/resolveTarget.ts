import { isServiceName } from '../syntax/isServiceName.ts';
import type { RoutingEntries } from '../watch/routing/RoutingEntries.ts';
import type { Elsewhere, ServiceResolver } from '../watch/routing/serviceResolver.ts';
import { refusedFilter } from './entryWarnings.ts';
import type { Findings } from './Findings.ts';
import { type Target, targetName } from './Target.ts';

/**
 * Which instances a name means, by the service-resolvers: redirects first, then the default subset, each
 * again for what they lead to, in the order of Consul's own compiler.
 * https://github.com/hashicorp/consul/blob/v1.22.2/agent/consul/discoverychain/compile.go
 *
 * @returns undefined when they lead in a circle, or to a subset that nobody defines or whose filter Consul refuses.
 */
export function resolveTarget(
  entries: RoutingEntries,
  named: Target,
  findings: Findings,
): Target | undefined {
  const seen = new Set<string>();
  let target = named;
  for (;;) {
    const label = `service-resolver/${target.service}`;
    if (seen.has(targetName(target))) {
      findings.unresolvedReference(label, 'redirects in a circle: what leads there is left out');
      return undefined;
    }
    seen.add(targetName(target));
    const resolver = resolverOf(entries, target.service, findings);
    const next = resolver && nextTarget(target, resolver);
    if (next) {
      target = next;
      continue;
    }
    // Of an entry that cannot be read, that is said, and not what it lacks.
    if (target.subset !== undefined && isUnreadable(entries, target.service)) return undefined;
    const problem = subsetProblem(entries, target, findings);
    if (problem === undefined) return target;
    findings.unresolvedReference(label, `${problem}: what leads there is left out`);
    return undefined;
  }
}

function isUnreadable({ resolvers }: RoutingEntries, service: string): boolean {
  const entry = resolvers.get(service);
  return entry?.refused !== undefined && entry.value === undefined;
}

/** Why a target's instances cannot be told; undefined: they can. */
function subsetProblem(
  entries: RoutingEntries,
  { service, subset }: Target,
  findings: Findings,
): string | undefined {
  if (subset === undefined) return undefined;
  const definition = resolverOf(entries, service, findings)?.subsets.get(subset);
  if (!definition) return `has no subset "${subset}"`;
  if (entries.uncheckedFilters.has(definition.filter)) findings.isPending = true;
  const refusal = entries.refusedFilters.get(definition.filter);
  return refusal && refusedFilter(subset, refusal);
}

/** Where to send a target's calls when it has no healthy instance, in turn. */
export function failoverTargets(
  entries: RoutingEntries,
  target: Target,
  findings: Findings,
): Target[] {
  const resolver = resolverOf(entries, target.service, findings);
  const named = resolver?.failover.get(target.subset ?? '') ?? resolver?.failover.get('*') ?? [];
  const targets = new Map<string, Target>();
  for (const elsewhere of named) {
    const other = moved(target, elsewhere);
    if (!isServiceName(other.service)) {
      const problem = `"${other.service}" is no name of a service`;
      findings.unresolvedReference(
        `service-resolver/${target.service}`,
        `${problem}: it is no failover`,
      );
      continue;
    }
    const resolved = resolveTarget(entries, other, findings);
    if (resolved) targets.set(targetName(resolved), resolved);
  }
  targets.delete(targetName(target));
  return [...targets.values()];
}

/** The service's resolver, as far as it could ever be read. */
export function resolverOf(
  entries: RoutingEntries,
  service: string,
  findings: Findings,
): ServiceResolver | undefined {
  findings.visited.add(service);
  return entries.resolvers.get(service)?.value;
}

/** A subset is kept only while the service stays the same. */
function moved({ service, subset }: Target, elsewhere: Elsewhere): Target {
  const other = elsewhere.service ?? service;
  return { service: other, subset: elsewhere.subset ?? (other === service ? subset : undefined) };
}

function nextTarget(target: Target, resolver: ServiceResolver): Target | undefined {
  if (resolver.redirect) {
    const redirected = moved(target, resolver.redirect);
    if (targetName(redirected) !== targetName(target) && isServiceName(redirected.service)) {
      return redirected;
    }
  }
  if (target.subset === undefined && resolver.defaultSubset !== undefined) {
    return { ...target, subset: resolver.defaultSubset };
  }
  return undefined;
}
