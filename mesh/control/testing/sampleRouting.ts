import type { z } from 'zod';
import type { MethodContract } from '../../contracts/index.ts';
import { makeRouteTable } from '../chain/makeRouteTable.ts';
import type { RouteTable } from '../chain/RouteTable.ts';
import type { ConfigEntry } from '../watch/ConfigEntries.ts';
import { proxyDefaultsSchema } from '../watch/routing/proxyDefaults.ts';
import type { RoutingEntries } from '../watch/routing/RoutingEntries.ts';
import { serviceResolverSchema } from '../watch/routing/serviceResolver.ts';
import { serviceRouterSchema } from '../watch/routing/serviceRouter.ts';
import { serviceSplitterSchema } from '../watch/routing/serviceSplitter.ts';
import { type ServiceDefaults, serviceDefaultsSchema } from '../watch/serviceDefaults.ts';

/** Bodies of config entries by the name of the service, as Consul's API has them. */
export interface RawRouting {
  readonly routers?: Readonly<Record<string, object>>;
  readonly splitters?: Readonly<Record<string, object>>;
  readonly resolvers?: Readonly<Record<string, object>>;
  readonly proxyDefaults?: object;
}

/** The route table of a service, by its contract and these entries. */
export function sampleTable(
  service: string,
  methods: readonly MethodContract[],
  raw: RawRouting = {},
): RouteTable {
  return makeRouteTable(service, methods, routingEntries(raw)).table;
}

/** Reads entries as the control plane does; one that cannot be read has no value. */
export function routingEntries(raw: RawRouting = {}): RoutingEntries {
  const { routers = {}, splitters = {}, resolvers = {}, proxyDefaults } = raw;
  const global = proxyDefaults ? { global: proxyDefaults } : {};
  return {
    routers: readAll(serviceRouterSchema, routers),
    splitters: readAll(serviceSplitterSchema, splitters),
    resolvers: readAll(serviceResolverSchema, resolvers),
    proxyDefaults: readAll(proxyDefaultsSchema, global),
  };
}

export function sampleDefaults(raw: object): ConfigEntry<ServiceDefaults> {
  return readOne(serviceDefaultsSchema, raw);
}

function readAll<T>(
  schema: z.ZodType<T>,
  raw: Readonly<Record<string, object>>,
): Map<string, ConfigEntry<T>> {
  return new Map(Object.entries(raw).map(([name, body]) => [name, readOne(schema, body)]));
}

function readOne<T>(schema: z.ZodType<T>, raw: object): ConfigEntry<T> {
  const parsed = schema.safeParse(raw);
  return parsed.success
    ? { revision: '1.1', value: parsed.data, refused: undefined }
    : { revision: '1.1', value: undefined, refused: parsed.error.message };
}
