import type { HashHeader, LoadBalancing } from '../watch/routing/loadBalancing.ts';
import type { HeaderMatch, PathMatch } from '../watch/routing/serviceRouter.ts';

/** Where the calls to one service go: the first route that matches decides. */
export interface RouteTable {
  readonly service: string;
  readonly routes: readonly Route[];
  /** All that routes and failovers lead to, by name. */
  readonly targets: Readonly<Record<string, TargetDetails>>;
  /** What of the config entries is not in force, such as "service-router/web: route 1 ...". */
  readonly warnings: readonly string[];
  /** Set while entries are broken: the table is not what the newest of them say. */
  readonly broken?: BrokenEntries;
}

/** Config entries that refer to what is not there, or cannot be read. */
export interface BrokenEntries {
  /** ISO 8601: since when. */
  readonly since: string;
  /** Such as 'service-resolver/web: Consul refuses the filter of subset "v2" (...)'. */
  readonly reasons: readonly string[];
  /** Whose routes are in force meanwhile: those of the last good entries, or, where none are known, the others' alone. */
  readonly inForce: 'last good' | 'without them';
}

export interface Route {
  /** What made it: a config entry's part ("service-router route 1") or the contract. */
  readonly origin: string;
  readonly match: {
    /** Undefined: any. */
    readonly path: PathMatch | undefined;
    /** All must hold. */
    readonly headers: readonly HeaderMatch[];
  };
  /** Limit of a call in milliseconds, a shorter deadline of the caller stands; undefined: none. */
  readonly timeoutMs: number | undefined;
  /** gRPC statuses after which a call is sent again; undefined: never. */
  readonly retries: { readonly attempts: number; readonly on: readonly string[] } | undefined;
  /** Headers that choose an instance, where the target has a ring. */
  readonly hashHeaders: readonly HashHeader[];
  /** Weights are of 10,000 in all. Empty: calls fail with UNAVAILABLE. */
  readonly destinations: readonly { readonly target: string; readonly weight: number }[];
}

/** One of a table's targets. */
export interface TargetDetails {
  readonly service: string;
  readonly subset: string | undefined;
  /** Which instances, in Consul's filter language; empty: all. */
  readonly filter: string;
  /** Instances with a warning are left out too. */
  readonly onlyPassing: boolean;
  readonly policy: LoadBalancing['policy'];
  readonly connectTimeoutMs: number | undefined;
  /** Targets to go to when this one has no healthy instance, in turn. */
  readonly failover: readonly string[];
}
