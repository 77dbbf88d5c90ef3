import type { z } from 'zod';
import { AnswerError } from '../AnswerError.ts';
import type { ConfigEntry } from '../ConfigEntries.ts';
import { parseConfigEntries } from '../parseConfigEntries.ts';
import type { RoutingEntries } from './RoutingEntries.ts';
import { serviceResolverSchema } from './serviceResolver.ts';
import { serviceRouterSchema } from './serviceRouter.ts';
import { serviceSplitterSchema } from './serviceSplitter.ts';

/** Bodies of the routers, splitters and resolvers of these services, as Consul's API has them. */
export function rawEntriesOf(entries: RoutingEntries, services: Iterable<string>): object[] {
  const { routers, splitters, resolvers } = entries;
  return [...services].flatMap((service) =>
    [routers, splitters, resolvers].flatMap((all) => all.get(service)?.raw ?? []),
  );
}

/**
 * Reads such bodies back. Consul has evaluated their filters before.
 *
 * @throws AnswerError when one of them cannot be read.
 */
export function readRoutingEntries(bodies: readonly object[]): RoutingEntries {
  const read = <T>(kind: string, schema: z.ZodType<T>): ReadonlyMap<string, ConfigEntry<T>> => {
    const own = bodies.filter((body) => 'Kind' in body && body.Kind === kind);
    const { entries } = parseConfigEntries(kind, schema, own, undefined);
    for (const [name, { refused }] of entries) {
      if (refused) throw new AnswerError(`${kind}/${name}: ${refused}`);
    }
    return entries;
  };
  return {
    routers: read('service-router', serviceRouterSchema),
    splitters: read('service-splitter', serviceSplitterSchema),
    resolvers: read('service-resolver', serviceResolverSchema),
    proxyDefaults: new Map(),
    refusedFilters: new Map(),
    uncheckedFilters: new Set(),
  };
}
