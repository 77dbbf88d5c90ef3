import { z } from 'zod';
import { goDuration } from './goDuration.ts';
import { type LoadBalancing, readLoadBalancing } from './loadBalancing.ts';
import { ENTRY_FIELDS, otherFields } from './otherFields.ts';

/** Instances of a service that a filter picks. */
export interface Subset {
  /** In Consul's filter language; empty: all. Consul evaluates it. */
  readonly filter: string;
  /** Not even instances with a warning. */
  readonly onlyPassing: boolean;
}

/** Another place to send calls to; what is undefined stays as it was. */
export interface Elsewhere {
  readonly service: string | undefined;
  readonly subset: string | undefined;
}

/** A `service-resolver` config entry: which instances are meant by a service's name. */
export interface ServiceResolver {
  readonly subsets: ReadonlyMap<string, Subset>;
  /** Taken when no subset is asked for. */
  readonly defaultSubset: string | undefined;
  readonly redirect: Elsewhere | undefined;
  /** Places to go to in turn, by subset; "*" for those that are not named. */
  readonly failover: ReadonlyMap<string, readonly Elsewhere[]>;
  readonly connectTimeoutMs: number | undefined;
  readonly requestTimeoutMs: number | undefined;
  readonly loadBalancing: LoadBalancing;
  /** What of it has no effect, and why. */
  readonly refusals: readonly string[];
}

const text = z.string().nullish();
const elsewhereSchema = z.looseObject({ Service: text, ServiceSubset: text });
const failoverSchema = z.looseObject({
  Service: text,
  ServiceSubset: text,
  Targets: z.array(elsewhereSchema).nullish(),
});
const subsetSchema = z.looseObject({ Filter: text, OnlyPassing: z.boolean().nullish() });
type RawElsewhere = z.infer<typeof elsewhereSchema>;

const SUBSET_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
const PLACES = ['Service', 'ServiceSubset', 'Targets'];

export const serviceResolverSchema = z
  .looseObject({
    DefaultSubset: text,
    Subsets: z.record(z.string().regex(SUBSET_NAME), subsetSchema).nullish(),
    Redirect: elsewhereSchema.nullish(),
    Failover: z.record(z.string(), failoverSchema).nullish(),
    ConnectTimeout: goDuration,
    RequestTimeout: goDuration,
    LoadBalancer: z.unknown().optional().transform(readLoadBalancing),
  })
  .transform((entry): ServiceResolver => {
    const { refusals: balancing, ...loadBalancing } = entry.LoadBalancer;
    const refusals = [...balancing];
    for (const field of otherFields(entry, [...ENTRY_FIELDS, ...READ])) {
      refusals.push(`${field} has no effect`);
    }
    if (entry.ConnectTimeout) {
      refusals.push('ConnectTimeout holds at the edge only: gRPC has its own');
    }
    const failover = Object.entries(entry.Failover ?? {}).map(
      ([subset, raw]) => [subset, readFailover(subset, raw, refusals)] as const,
    );
    return {
      subsets: new Map(
        Object.entries(entry.Subsets ?? {}).map(([name, { Filter, OnlyPassing }]) => [
          name,
          { filter: Filter ?? '', onlyPassing: OnlyPassing ?? false },
        ]),
      ),
      defaultSubset: entry.DefaultSubset || undefined,
      redirect: entry.Redirect ? readElsewhere('Redirect', entry.Redirect, refusals) : undefined,
      failover: new Map(failover),
      connectTimeoutMs: entry.ConnectTimeout,
      requestTimeoutMs: entry.RequestTimeout,
      loadBalancing,
      refusals,
    };
  });

const READ = [
  'DefaultSubset',
  'Subsets',
  'Redirect',
  'Failover',
  'ConnectTimeout',
  'RequestTimeout',
  'LoadBalancer',
];

/** Datacenters of a failover come after its service and subset, as targets of their own. */
function readFailover(
  subset: string,
  raw: z.infer<typeof failoverSchema>,
  refusals: string[],
): Elsewhere[] {
  const label = `Failover "${subset}"`;
  if (raw.Targets?.length) {
    return raw.Targets.flatMap(
      (target, at) => readElsewhere(`${label} target ${at + 1}`, target, refusals) ?? [],
    );
  }
  const one = readElsewhere(label, raw, refusals);
  return one ? [one] : [];
}

/** Undefined, with a refusal, for a place that this mesh does not reach. */
function readElsewhere(
  label: string,
  raw: RawElsewhere,
  refusals: string[],
): Elsewhere | undefined {
  const [place] = otherFields(raw, PLACES).filter((field) => raw[field] !== 'default');
  if (place) {
    refusals.push(`${label} is left out: ${place} is not supported, only services and subsets are`);
    return undefined;
  }
  return { service: raw.Service || undefined, subset: raw.ServiceSubset || undefined };
}
