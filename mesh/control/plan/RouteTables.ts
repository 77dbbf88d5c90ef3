import type { Logger } from 'pino';
import type { Contracts } from '../../contracts/index.ts';
import { describeTarget, type TargetDescription } from '../chain/describeTarget.ts';
import { Findings } from '../chain/Findings.ts';
import { type EvaluatedRoutes, makeRouteTable, targetDetails } from '../chain/makeRouteTable.ts';
import type { BrokenEntries, RouteTable } from '../chain/RouteTable.ts';
import { type Target, targetName } from '../chain/Target.ts';
import type { MeshState } from '../watch/MeshState.ts';
import type { RoutingEntries } from '../watch/routing/RoutingEntries.ts';
import { rawEntriesOf, readRoutingEntries } from '../watch/routing/readRoutingEntries.ts';
import type { LastGoodEntries } from './LastGoodEntries.ts';
import type { InstanceQuery } from './ResourcePlan.ts';

/** A service's routes as its callers follow them. */
export interface RoutesInForce {
  readonly table: RouteTable;
  /** All that is led to; failover targets too. */
  readonly targets: readonly TargetDescription[];
}

interface ServiceRoutes {
  /** Evaluated from the entries that Consul has now. */
  newest: EvaluatedRoutes;
  /** Those that it was evaluated from. */
  entries: RoutingEntries;
  inForce: EvaluatedRoutes | undefined;
  broken: BrokenEntries | undefined;
}

export interface RouteTablesOptions {
  readonly contracts: Pick<Contracts, 'methodsOf'>;
  readonly state: Pick<MeshState, 'routing' | 'instances'>;
  readonly lastGood: LastGoodEntries;
  readonly log: Logger;
}

/**
 * The routes of all services that are in force: those that every caller's listener, the edge and /routes are made of.
 *
 * Two entries that belong together come in two answers: between them, a splitter may name a subset that is not there
 * yet, or no longer. And Consul takes entries that it cannot evaluate, or that gRPC cannot follow. So routes in which
 * something is unresolved do not take the place of those in which all was well, however long that lasts; a control
 * plane that starts meanwhile finds the last good entries in its folder. Where none are known, what is unresolved is
 * left out.
 *
 * Nor do routes whose instances nobody knows take the place of those whose instances are known: gRPC clients hold a
 * whole configuration, or their calls, back until they know the endpoints of every cluster that it names.
 */
export class RouteTables {
  readonly #options: RouteTablesOptions;
  readonly #services = new Map<string, ServiceRoutes>();
  /** Those that all services were evaluated from. */
  #entries: RoutingEntries | undefined;
  #pruneAt = 1_000;

  constructor(options: RouteTablesOptions) {
    this.#options = options;
  }

  /** Undefined: Consul has not told enough yet. */
  current(service: string): RoutesInForce | undefined {
    const routes = this.#evaluate(service);
    if (!routes?.inForce) return undefined;
    const { inForce, broken } = routes;
    return {
      targets: inForce.targets,
      table: broken ? { ...inForce.table, broken } : inForce.table,
    };
  }

  /** The table as `current` has it, with each target as it is described now: what a report shows. */
  shown(service: string): RouteTable | undefined {
    const routes = this.current(service);
    if (!routes) return undefined;
    const targets = routes.targets.flatMap(({ target, failover }) => {
      const described = this.describe(target);
      return described
        ? [[targetName(target), targetDetails({ ...described, failover })] as const]
        : [];
    });
    return {
      ...routes.table,
      targets: { ...routes.table.targets, ...Object.fromEntries(targets) },
    };
  }

  /** Services whose entries the routes in force, or those to come, are made of. */
  visited(service: string): ReadonlySet<string> {
    const routes = this.#evaluate(service);
    return new Set([...(routes?.newest.visited ?? []), ...(routes?.inForce?.visited ?? [])]);
  }

  /** Instances that the routes in force, or those to come, lead to. */
  queries(service: string): InstanceQuery[] {
    const { newest, inForce } = this.#evaluate(service) ?? {};
    const isHeld = newest?.isPending || (newest && newest.unresolved.length > 0);
    return [
      ...(inForce ? queriesOf(inForce) : []),
      ...(newest && !isHeld ? queriesOf(newest) : []),
    ];
  }

  /** Whether the routes in force can be followed: Consul has told the instances of all their targets. */
  areKnown(routes: RoutesInForce): boolean {
    const { state } = this.#options;
    return queriesOf(routes).every(({ service, filter }) => state.instances(service, filter));
  }

  /** A target without its failover; undefined: a subset that nobody has defined so that Consul can evaluate it. */
  describe(target: Target): TargetDescription | undefined {
    const { routing } = this.#options.state;
    if (!routing) return undefined;
    const described = describeTarget(routing, target, new Findings());
    const resolver = routing.resolvers.get(target.service);
    const isReadable = !resolver?.refused || resolver.value !== undefined;
    if (described && isReadable && !routing.refusedFilters.has(described.filter)) return described;
    const name = targetName(target);
    for (const { inForce } of this.#services.values()) {
      const last = inForce?.targets.find((one) => targetName(one.target) === name);
      if (last) return { ...last, failover: [] };
    }
    return isReadable ? undefined : described;
  }

  /** Evaluates all services that have entries, or had good ones, when the entries have changed. */
  update(): void {
    const { state, lastGood } = this.#options;
    const { routing } = state;
    if (!routing || routing === this.#entries) return;
    this.#entries = routing;
    this.#prune();
    const services = [...this.named, ...lastGood.services, ...this.#services.keys()];
    for (const service of new Set(services)) this.#evaluate(service);
  }

  /** Forgets services that have no entry and that nobody follows: their routes are as easily made again. */
  #prune(): void {
    const named = new Set(this.named);
    for (const [service, { inForce, broken }] of this.#services) {
      const isFollowed = inForce && this.areKnown(inForce);
      if (!named.has(service) && !broken && !isFollowed) this.#services.delete(service);
    }
    this.#pruneAt = Math.max(1_000, 2 * this.#services.size);
  }

  /** Services that have a router, a splitter or a resolver, sorted. */
  get named(): readonly string[] {
    const { routers, splitters, resolvers } = this.#options.state.routing ?? {};
    const names = [routers, splitters, resolvers].flatMap((all) => [...(all?.keys() ?? [])]);
    return [...new Set(names)].sort();
  }

  /** Services whose newest entries are broken. */
  get broken(): readonly { readonly service: string; readonly broken: BrokenEntries }[] {
    return [...this.#services]
      .flatMap(([service, { broken }]) => (broken ? [{ service, broken }] : []))
      .sort((a, b) => (a.service < b.service ? -1 : 1));
  }

  /** What of the newest entries of all services has no effect, besides what is broken. */
  get warnings(): readonly string[] {
    return [...this.#services.values()].flatMap(({ newest }) =>
      newest.table.warnings.filter((warning) => !newest.unresolved.includes(warning)),
    );
  }

  #evaluate(service: string): ServiceRoutes | undefined {
    const { contracts, state } = this.#options;
    const entries = state.routing;
    let routes = this.#services.get(service);
    if (!entries) return routes;
    if (!routes || routes.entries !== entries) {
      const newest = makeRouteTable(service, contracts.methodsOf(service), entries);
      if (!routes && this.#services.size >= this.#pruneAt) this.#prune();
      const { inForce, broken } = routes ?? { inForce: this.#restore(service), broken: undefined };
      routes = { newest, entries, inForce, broken };
      this.#services.set(service, routes);
    }
    if (!routes.newest.isPending) this.#putInForce(service, routes);
    return routes;
  }

  #putInForce(service: string, routes: ServiceRoutes): void {
    const { newest, inForce, entries } = routes;
    const isGood = newest.unresolved.length === 0;
    const isKept =
      inForce &&
      inForce !== newest &&
      (isGood ? this.areKnown(inForce) && !this.areKnown(newest) : inForce.unresolved.length === 0);
    if (!isKept) routes.inForce = newest;
    const wasBroken = routes.broken;
    routes.broken = this.#brokenEntries(service, routes);
    if (!isKept && isGood) {
      const raw = rawEntriesOf(entries, newest.visited);
      const record = { entries: raw, brokenSince: routes.broken?.since };
      this.#options.lastGood.put(service, raw.length > 0 ? record : undefined);
    } else if (isKept && routes.broken && !wasBroken) {
      // The routes of a service that had no entries are remembered only as long as others must not replace them.
      const known = this.#options.lastGood.get(service)?.entries ?? [];
      this.#options.lastGood.put(service, { entries: known, brokenSince: routes.broken.since });
    }
  }

  #brokenEntries(service: string, routes: ServiceRoutes): BrokenEntries | undefined {
    const { newest, inForce, broken } = routes;
    const reasons = [...newest.unresolved, ...newest.outdated];
    if (reasons.length === 0) return undefined;
    const { lastGood, log } = this.#options;
    const since = broken?.since ?? lastGood.get(service)?.brokenSince ?? new Date().toISOString();
    const isLastGood = newest.unresolved.length === 0 || inForce !== newest;
    const now: BrokenEntries = {
      since,
      reasons,
      inForce: isLastGood ? 'last good' : 'without them',
    };
    if (broken?.reasons.join() !== reasons.join()) {
      log.warn({ service, ...now }, 'config entries are broken: they are not in force');
    }
    return now;
  }

  /** What was in force when a control plane last ran here. */
  #restore(service: string): EvaluatedRoutes | undefined {
    const { contracts, lastGood, log } = this.#options;
    const record = lastGood.get(service);
    if (!record) return undefined;
    try {
      const entries = readRoutingEntries(record.entries);
      const routes = makeRouteTable(service, contracts.methodsOf(service), entries);
      return routes.unresolved.length === 0 ? routes : undefined;
    } catch (error) {
      log.warn({ service, err: error }, 'last good entries cannot be read: left out');
      return undefined;
    }
  }
}

function queriesOf({ targets }: Pick<EvaluatedRoutes, 'targets'>): InstanceQuery[] {
  return targets.map(({ target: { service }, filter }) => ({ service, filter }));
}
