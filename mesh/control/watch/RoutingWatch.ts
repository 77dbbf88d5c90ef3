import type { z } from 'zod';
import type { ConsulWatch } from './ConsulWatch.ts';
import { configEntries, EntriesWatch, type EntriesWatchOptions } from './EntriesWatch.ts';
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
  #entries: RoutingEntries | undefined;

  /** @param options `changed` is given "*" when all services are concerned. */
  constructor(options: Pick<EntriesWatchOptions<never>, 'client' | 'log' | 'asked' | 'changed'>) {
    const watch = <T>(kind: string, schema: z.ZodType<T>) =>
      new EntriesWatch({ ...options, ...configEntries(kind, schema) });
    this.#routers = watch('service-router', serviceRouterSchema);
    this.#splitters = watch('service-splitter', serviceSplitterSchema);
    this.#resolvers = watch('service-resolver', serviceResolverSchema);
    this.#proxyDefaults = new EntriesWatch({
      ...options,
      ...configEntries('proxy-defaults', proxyDefaultsSchema),
      changed: () => options.changed(['*']),
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
    const last = this.#entries;
    const isSame =
      last?.routers === routers &&
      last.splitters === splitters &&
      last.resolvers === resolvers &&
      last.proxyDefaults === proxyDefaults;
    if (!isSame) this.#entries = { routers, splitters, resolvers, proxyDefaults };
    return this.#entries;
  }
}
