import type { MethodContract } from '../../contracts/index.ts';
import { isServiceName } from '../syntax/isServiceName.ts';
import type { RoutingEntries } from '../watch/routing/RoutingEntries.ts';
import type { RouterRoute } from '../watch/routing/serviceRouter.ts';
import { type CallPolicy, methodPolicy, unknownPolicy } from './callPolicy.ts';
import { describeTarget, type TargetDescription } from './describeTarget.ts';
import { entryRefusals } from './entryRefusals.ts';
import { Findings } from './Findings.ts';
import { matchesPath } from './matchesPath.ts';
import type { Route, RouteTable, TargetDetails } from './RouteTable.ts';
import { resolveSplits, type Share } from './resolveSplits.ts';
import { failoverTargets } from './resolveTarget.ts';
import { targetName } from './Target.ts';

export interface EvaluatedRoutes {
  readonly table: RouteTable;
  /** All that is led to, in the order in which the routes name it; failover targets too. */
  readonly targets: readonly TargetDescription[];
  /** Services whose entries the table is made of. */
  readonly visited: ReadonlySet<string>;
  /** What the entries refer to and is not there, or cannot be read; it is left out. Empty: all is well. */
  readonly unresolved: readonly string[];
  /** Entries whose newest form cannot be read: the last good one is evaluated instead. */
  readonly outdated: readonly string[];
  /** Consul has not told yet what it makes of a filter: the table may turn out otherwise. */
  readonly isPending: boolean;
}

/**
 * Evaluates the config entries for the calls to one service, as Consul's discovery chain does: its
 * router, then splitters, then resolvers. A route is split by the exact paths of the contract's methods,
 * for each has its own timeout and may or may not be repeated. A part that leads nowhere is left out.
 * https://developer.hashicorp.com/consul/docs/manage-traffic/discovery-chain
 */
export function makeRouteTable(
  service: string,
  methods: readonly MethodContract[],
  entries: RoutingEntries,
): EvaluatedRoutes {
  const findings = new Findings();
  findings.visited.add(service);
  const destinations = new Destinations(entries, findings);
  const label = `service-router/${service}`;
  const routes = (entries.routers.get(service)?.value?.routes ?? []).flatMap((router) => {
    const { service: other = service, subset } = router;
    if (!isServiceName(other)) {
      const what = `${router.label} is left out: "${other}" is no name of a service`;
      findings.unresolvedReference(label, what);
      return [];
    }
    const shares = resolveSplits(entries, other, subset, findings);
    if (shares.length === 0) {
      // What keeps it from leading anywhere is named by itself.
      findings.warn(label, `${router.label} is left out: it leads nowhere`);
      return [];
    }
    warnOfPolicies(label, router, methods, findings);
    return routesOf(router, methods, destinations.add(shares));
  });
  const shares = resolveSplits(entries, service, undefined, findings);
  routes.push(...routesOf(undefined, methods, destinations.add(shares)));
  const targets = destinations.targets;
  const unreadable = unreadableEntries(entries, findings.visited);
  return {
    targets,
    visited: findings.visited,
    unresolved: [
      ...findings.unresolved,
      ...unreadable.filter(({ isKept }) => !isKept).map(why),
    ].sort(),
    outdated: unreadable.filter(({ isKept }) => isKept).map(why),
    isPending: findings.isPending,
    table: {
      service,
      routes,
      targets: Object.fromEntries(
        targets.map((one) => [targetName(one.target), targetDetails(one)]),
      ),
      warnings: [...findings.warnings, ...refusalsOf(entries, findings.visited)].sort(),
    },
  };
}

/** The table of a service that nobody knows of: its calls fail. */
export function unknownService(service: string): RouteTable {
  const destinations = { destinations: [], hashHeaders: [], requestTimeoutMs: undefined };
  return { service, routes: routesOf(undefined, [], destinations), targets: {}, warnings: [] };
}

interface UnreadableEntry {
  readonly label: string;
  readonly refused: string;
  /** Its last good form is evaluated. */
  readonly isKept: boolean;
}

const why = ({ label, refused }: UnreadableEntry) => `${label}: cannot be read: ${refused}`;

function unreadableEntries(
  { routers, splitters, resolvers }: RoutingEntries,
  services: ReadonlySet<string>,
): UnreadableEntry[] {
  const kinds = { router: routers, splitter: splitters, resolver: resolvers };
  return Object.entries(kinds).flatMap(([kind, all]) =>
    [...services].flatMap((service) => {
      const { refused, value } = all.get(service) ?? {};
      const label = `service-${kind}/${service}`;
      return refused ? [{ label, refused, isKept: value !== undefined }] : [];
    }),
  );
}

/** What of the entries that a table is made of has no effect. */
function refusalsOf(
  { routers, splitters, resolvers, proxyDefaults }: RoutingEntries,
  services: ReadonlySet<string>,
): string[] {
  const own = [...services].flatMap((service) => [
    ...entryRefusals(`service-router/${service}`, routers.get(service)),
    ...entryRefusals(`service-splitter/${service}`, splitters.get(service)),
    ...entryRefusals(`service-resolver/${service}`, resolvers.get(service)),
  ]);
  return [...own, ...entryRefusals('proxy-defaults/global', proxyDefaults.get('global'))];
}

type RouteAction = Pick<Route, 'destinations' | 'hashHeaders'> & {
  requestTimeoutMs: number | undefined;
};

/** Collects the targets of all routes, and those that they fail over to. */
class Destinations {
  readonly #entries: RoutingEntries;
  readonly #findings: Findings;
  readonly #targets = new Map<string, TargetDescription>();
  readonly #lastResorts = new Map<string, TargetDescription>();

  constructor(entries: RoutingEntries, findings: Findings) {
    this.#entries = entries;
    this.#findings = findings;
  }

  /** Nothing is tried after what is failed over to, unless a route leads there too. */
  get targets(): TargetDescription[] {
    return [...new Map([...this.#lastResorts, ...this.#targets]).values()];
  }

  add(shares: readonly Share[]): RouteAction {
    const described = shares.flatMap(({ target }) => this.#describe(target) ?? []);
    const ring = described.find(({ loadBalancing }) => loadBalancing.policy === 'ring_hash');
    return {
      destinations: shares.map(({ target, weight }) => ({ target: targetName(target), weight })),
      hashHeaders: ring?.loadBalancing.hashHeaders ?? [],
      requestTimeoutMs: described[0]?.requestTimeoutMs,
    };
  }

  #describe(target: Share['target']): TargetDescription | undefined {
    const known = this.#targets.get(targetName(target));
    if (known) return known;
    const described = describeTarget(this.#entries, target, this.#findings);
    if (!described) return undefined;
    const failover = failoverTargets(this.#entries, target, this.#findings);
    const whole = { ...described, failover };
    this.#targets.set(targetName(target), whole);
    for (const one of failover) {
      const last = describeTarget(this.#entries, one, this.#findings);
      if (last) this.#lastResorts.set(targetName(one), last);
    }
    return whole;
  }
}

function routesOf(
  router: RouterRoute | undefined,
  methods: readonly MethodContract[],
  { destinations, hashHeaders, requestTimeoutMs }: RouteAction,
): Route[] {
  const origin = router ? `service-router ${router.label}` : 'default';
  const headers = router?.headers ?? [];
  const make = (path: Route['match']['path'], policy: CallPolicy): Route => ({
    origin,
    match: { path, headers },
    ...policy,
    hashHeaders,
    destinations,
  });
  const exact = methods
    .filter(({ path }) => matchesPath(router?.path, path))
    .map((method) =>
      make(
        { kind: 'exact', value: method.path, ignoresCase: false },
        methodPolicy(method, router, requestTimeoutMs),
      ),
    );
  const isOneMethod =
    router?.path?.kind === 'exact' && !router.path.ignoresCase && exact.length > 0;
  return isOneMethod ? exact : [...exact, make(router?.path, unknownPolicy(router))];
}

function warnOfPolicies(
  label: string,
  router: RouterRoute,
  methods: readonly MethodContract[],
  findings: Findings,
): void {
  const matched = methods.filter(({ path }) => matchesPath(router.path, path));
  const calls = matched.filter((method) => !method.requestStream && !method.responseStream);
  const isNamed = router.path?.kind === 'exact' && matched.length === 0;
  if (router.timeoutMs && calls.length === 0 && !isNamed) {
    const why = 'no unary method that a contract describes matches, and a stream is never cut';
    findings.warn(label, `${router.label}: RequestTimeout has no effect: ${why}`);
  }
  const never = calls.filter(({ idempotency }) => idempotency === 'unknown');
  if (router.retries && never.length > 0) {
    const names = never.map(({ name }) => name).join(', ');
    findings.warn(label, `${router.label}: not sent again, as their contract forbids it: ${names}`);
  }
}

export function targetDetails({
  target,
  loadBalancing,
  failover,
  ...rest
}: TargetDescription): TargetDetails {
  return {
    ...target,
    filter: rest.filter,
    onlyPassing: rest.onlyPassing,
    policy: loadBalancing.policy,
    connectTimeoutMs: rest.connectTimeoutMs,
    failover: failover.map(targetName),
  };
}
