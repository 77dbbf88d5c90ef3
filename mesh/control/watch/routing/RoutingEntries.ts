import type { ConfigEntry } from '../ConfigEntries.ts';
import type { ProxyDefaults } from './proxyDefaults.ts';
import type { ServiceResolver } from './serviceResolver.ts';
import type { ServiceRouter } from './serviceRouter.ts';
import type { ServiceSplitter } from './serviceSplitter.ts';

type Entries<T> = ReadonlyMap<string, ConfigEntry<T>>;

/** The config entries that decide where calls go, each by the name of its service. */
export interface RoutingEntries {
  readonly routers: Entries<ServiceRouter>;
  readonly splitters: Entries<ServiceSplitter>;
  readonly resolvers: Entries<ServiceResolver>;
  /** Has one entry, "global", or none. */
  readonly proxyDefaults: Entries<ProxyDefaults>;
  /** Filters of subsets that Consul cannot evaluate, and its own words on each. */
  readonly refusedFilters: ReadonlyMap<string, string>;
  /** Filters of subsets of which Consul has not told yet. */
  readonly uncheckedFilters: ReadonlySet<string>;
}
