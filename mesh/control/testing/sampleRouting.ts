import { pino } from 'pino';
import type { z } from 'zod';
import type { Contracts, MethodContract } from '../../contracts/index.ts';
import { makeRouteTable } from '../chain/makeRouteTable.ts';
import type { RouteTable } from '../chain/RouteTable.ts';
import { LastGoodEntries } from '../plan/LastGoodEntries.ts';
import { RouteTables } from '../plan/RouteTables.ts';
import type { ConfigEntry } from '../watch/ConfigEntries.ts';
import type { MeshState } from '../watch/MeshState.ts';
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
  /** Consul's words on the filters that it refuses. */
  readonly refusedFilters?: Readonly<Record<string, string>>;
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
  const { routers = {}, splitters = {}, resolvers = {}, proxyDefaults, refusedFilters = {} } = raw;
  const global = proxyDefaults ? { global: proxyDefaults } : {};
  return {
    routers: readAll('service-router', serviceRouterSchema, routers),
    splitters: readAll('service-splitter', serviceSplitterSchema, splitters),
    resolvers: readAll('service-resolver', serviceResolverSchema, resolvers),
    proxyDefaults: readAll('proxy-defaults', proxyDefaultsSchema, global),
    refusedFilters: new Map(Object.entries(refusedFilters)),
    uncheckedFilters: new Set(),
  };
}

export function sampleDefaults(raw: object): ConfigEntry<ServiceDefaults> {
  return readOne(serviceDefaultsSchema, raw);
}

function readAll<T>(
  kind: string,
  schema: z.ZodType<T>,
  raw: Readonly<Record<string, object>>,
): Map<string, ConfigEntry<T>> {
  return new Map(
    Object.entries(raw).map(([Name, body]) => [
      Name,
      readOne(schema, { Kind: kind, Name, ...body }),
    ]),
  );
}

function readOne<T>(schema: z.ZodType<T>, raw: object): ConfigEntry<T> {
  const parsed = schema.safeParse(raw);
  return parsed.success
    ? { revision: '1.1', value: parsed.data, raw, refused: undefined }
    : { revision: '1.1', value: undefined, refused: parsed.error.message };
}

/** @param folder For the last good entries. Default: none. */
export function sampleTables(
  contracts: Pick<Contracts, 'methodsOf'>,
  state: Pick<MeshState, 'routing' | 'instances'>,
  folder?: string,
): RouteTables {
  const log = pino({ level: 'silent' });
  return new RouteTables({ contracts, state, log, lastGood: new LastGoodEntries(folder, log) });
}
