import type { z } from 'zod';
import type { ConsulWatch } from './ConsulWatch.ts';
import { configEntries, EntriesWatch, type EntriesWatchOptions } from './EntriesWatch.ts';
import { FilterChecks } from './FilterChecks.ts';
import { type ProxyDefaults, proxyDefaultsSchema } from './routing/proxyDefaults.ts';
import type { RoutingEntries } from './routing/RoutingEntries.ts';
import { type ServiceResolver, serviceResolverSchema } from './routing/serviceResolver.ts';
import { type ServiceRouter, serviceRouterSchema } from './routing/serviceRouter.ts';
import { type ServiceSplitter, serviceSplitterSchema } from './routing/serviceSplitter.ts';

/** Watches the config entries that decide where calls go: one query for each kind. */
export class RoutingWatch {
  readonly watches: readonly ConsulWatch<unknown>[];
  readonly #routers: EntriesWatch<ServiceRouter>;
  readonly #splitters: EntriesWatch<ServiceSplitter>;
  readonly #resolvers: EntriesWatch<ServiceResolver>;
  readonly #proxyDefaults: EntriesWatch<ProxyDefaults>;
  readonly #filters: FilterChecks;
  #entries: RoutingEntries | undefined;

  /** @param options `changed` is given "*" when all services are concerned. */
  constructor(options: Pick<EntriesWatchOptions<never>, 'client' | 'log' | 'asked' | 'changed'>) {
    const { changed, ...common } = options;
    const watch = <T>(kind: string, schema: z.ZodType<T>) =>
      new EntriesWatch({ ...options, ...configEntries(kind, schema) });
    this.#filters = new FilterChecks({ ...common, checked: () => changed(['*']) });
    this.#routers = watch('service-router', serviceRouterSchema);
    this.#splitters = watch('service-splitter', serviceSplitterSchema);
    this.#resolvers = new EntriesWatch({
      ...common,
      ...configEntries('service-resolver', serviceResolverSchema),
      changed: (names) => {
        this.#filters.update(filtersOf(this.#resolvers.entries ?? new Map()));
        changed(names);
      },
    });
    this.#proxyDefaults = new EntriesWatch({
      ...common,
      ...configEntries('proxy-defaults', proxyDefaultsSchema),
      changed: () => changed(['*']),
    });
    this.watches = [this.#routers, this.#splitters, this.#resolvers, this.#proxyDefaults];
  }

  /**
   * Undefined until Consul has answered for all kinds: half of them would mean something else. The same
   * object as long as nothing has changed.
   */
  get entries(): RoutingEntries | undefined {
    const routers = this.#routers.entries;
    const splitters = this.#splitters.entries;
    const resolvers = this.#resolvers.entries;
    const proxyDefaults = this.#proxyDefaults.entries;
    if (!routers || !splitters || !resolvers || !proxyDefaults) return undefined;
    const { refused: refusedFilters, unchecked: uncheckedFilters } = this.#filters;
    const entries = {
      routers,
      splitters,
      resolvers,
      proxyDefaults,
      refusedFilters,
      uncheckedFilters,
    };
    if (!this.#entries || !isSame(entries, this.#entries)) this.#entries = entries;
    return this.#entries;
  }

  async stop(): Promise<void> {
    this.#filters.stop();
    await Promise.all(this.watches.map((watch) => watch.stop()));
  }
}

function isSame(one: RoutingEntries, other: RoutingEntries): boolean {
  const parts = Object.keys(one) as (keyof RoutingEntries)[];
  return parts.every((part) => one[part] === other[part]);
}

function filtersOf(resolvers: RoutingEntries['resolvers']): ReadonlyMap<string, string> {
  const filters = [...resolvers].flatMap(([service, { value }]) =>
    [...(value?.subsets.values() ?? [])].map(({ filter }) => [filter, service] as const),
  );
  return new Map(filters.filter(([filter]) => filter !== ''));
}
