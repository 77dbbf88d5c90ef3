import { z } from 'zod';
import { goDuration } from './goDuration.ts';
import { ENTRY_FIELDS, otherFields } from './otherFields.ts';
import { RegexBudget } from './RegexBudget.ts';

/** What a call's path must be. */
export interface PathMatch {
  readonly kind: 'exact' | 'prefix' | 'regex';
  /** A regex must match the whole path. */
  readonly value: string;
  /** Upper and lower case are the same; never with a regex. */
  readonly ignoresCase: boolean;
}

/** What one of a call's headers must be. */
export interface HeaderMatch {
  /** In lower case. */
  readonly name: string;
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'regex' | 'present';
  /** Empty for 'present'. A regex must match the whole value. */
  readonly value: string;
  /** Calls match that the rest does not hold for. */
  readonly isInverted: boolean;
}

/** One route of a `service-router`. */
export interface RouterRoute {
  /** Such as "route 1", counted from 1. */
  readonly label: string;
  /** Undefined: any. */
  readonly path: PathMatch | undefined;
  /** All must hold. */
  readonly headers: readonly HeaderMatch[];
  /** Undefined: the service that the entry is named after. */
  readonly service: string | undefined;
  readonly subset: string | undefined;
  readonly timeoutMs: number | undefined;
  /** Undefined: as the contract says. */
  readonly retries: { readonly attempts: number; readonly on: readonly string[] } | undefined;
}

/** A `service-router` config entry: which calls of a service go where. */
export interface ServiceRouter {
  readonly routes: readonly RouterRoute[];
  /** What of it has no effect, and why. */
  readonly refusals: readonly string[];
}

const GRPC_RETRIES = [
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
];
/** gRFC A6: five attempts in all. */
const MAX_RETRIES = 4;
const text = z.string().nullish();
const flag = z.boolean().nullish();

const headerSchema = z.looseObject({
  Name: z.string().min(1),
  Present: flag,
  Exact: text,
  Prefix: text,
  Suffix: text,
  Regex: text,
  Invert: flag,
});
const httpSchema = z.looseObject({
  PathExact: text,
  PathPrefix: text,
  PathRegex: text,
  CaseInsensitive: flag,
  Header: z.array(headerSchema).nullish(),
  Methods: z.array(z.string()).nullish(),
});
const destinationSchema = z.looseObject({
  Service: text,
  ServiceSubset: text,
  RequestTimeout: goDuration,
  NumRetries: z.int().min(0).max(1_000_000).nullish(),
  RetryOn: z.array(z.string()).nullish(),
});
const routeSchema = z.looseObject({
  Match: z.looseObject({ HTTP: httpSchema.nullish() }).nullish(),
  Destination: destinationSchema.nullish(),
});
type RawRoute = z.infer<typeof routeSchema>;
type RawDestination = z.infer<typeof destinationSchema>;

export const serviceRouterSchema = z
  .looseObject({ Routes: z.array(routeSchema).nullish() })
  .transform((entry): ServiceRouter => {
    const refusals = otherFields(entry, [...ENTRY_FIELDS, 'Routes']).map(
      (field) => `${field} has no effect`,
    );
    const regexes = new RegexBudget();
    const routes = (entry.Routes ?? []).flatMap((raw, at) => {
      const label = `route ${at + 1}`;
      const problem = matchProblem(raw) ?? regexes.take(regexesOf(raw));
      if (problem) {
        refusals.push(`${label} is left out: ${problem}`);
        return [];
      }
      return [readRoute(label, raw, refusals)];
    });
    return { routes, refusals };
  });

/** Why a route would match other calls than it says, or send on another call than it matched. */
function matchProblem({ Match, Destination }: RawRoute): string | undefined {
  const http = Match?.HTTP ?? {};
  const [condition] = [
    ...otherFields(Match ?? {}, ['HTTP']),
    ...otherFields(http, [
      'PathExact',
      'PathPrefix',
      'PathRegex',
      'CaseInsensitive',
      'Header',
      'Methods',
    ]),
  ];
  if (condition) return `gRPC cannot match by ${condition}`;
  if (http.Methods?.length && !http.Methods.includes('POST')) return 'calls of gRPC are all POST';
  if (http.CaseInsensitive && http.PathRegex) return 'CaseInsensitive with PathRegex';
  const paths = [http.PathExact, http.PathPrefix, http.PathRegex].filter(Boolean);
  if (paths.length > 1) return 'more than one of PathExact, PathPrefix and PathRegex';
  for (const header of http.Header ?? []) {
    const problem = headerProblem(header);
    if (problem) return problem;
  }
  const [elsewhere] = elsewhereOf(Destination ?? {});
  if (elsewhere) return `${elsewhere} is not part of this mesh`;
  return otherFields(Destination ?? {}, []).includes('PrefixRewrite')
    ? 'gRPC cannot rewrite a path (PrefixRewrite)'
    : undefined;
}

function regexesOf({ Match }: RawRoute): string[] {
  const { PathRegex, Header } = Match?.HTTP ?? {};
  return [PathRegex, ...(Header ?? []).map(({ Regex }) => Regex)].flatMap((regex) => regex || []);
}

function headerProblem(header: z.infer<typeof headerSchema>): string | undefined {
  const { Name, Present, Exact, Prefix, Suffix, Regex } = header;
  const label = `header "${Name}"`;
  if (!/^[a-z0-9_.-]+$/i.test(Name)) return `${label}: gRPC has no such header`;
  if (/-bin$/i.test(Name)) return `${label}: gRPC does not match binary headers`;
  const [other] = otherFields(header, [
    ...['Name', 'Present', 'Exact', 'Prefix', 'Suffix', 'Regex', 'Invert'],
  ]);
  if (other) return `${label}: gRPC cannot match by ${other}`;
  const kinds = [Present, Exact, Prefix, Suffix, Regex].filter(Boolean).length;
  return kinds === 1 ? undefined : `${label}: ${kinds} conditions, not one`;
}

function elsewhereOf(value: object): string[] {
  return Object.entries(value)
    .filter(([name]) => name === 'Namespace' || name === 'Partition')
    .filter(([, content]) => content && content !== 'default')
    .map(([name, content]) => `${name} ${content}`);
}

function readRoute(
  label: string,
  { Match, Destination }: RawRoute,
  refusals: string[],
): RouterRoute {
  const http = Match?.HTTP ?? {};
  const { PathExact, PathPrefix, PathRegex } = http;
  const value = PathExact || PathPrefix || PathRegex;
  const destination = Destination ?? { RequestTimeout: undefined };
  return {
    label,
    path: value
      ? {
          kind: PathExact ? 'exact' : PathPrefix ? 'prefix' : 'regex',
          value,
          ignoresCase: http.CaseInsensitive ?? false,
        }
      : undefined,
    headers: (http.Header ?? []).map(readHeader),
    service: destination.Service || undefined,
    subset: destination.ServiceSubset || undefined,
    timeoutMs: destination.RequestTimeout,
    retries: readRetries(label, destination, refusals),
  };
}

function readHeader(header: z.infer<typeof headerSchema>): HeaderMatch {
  const { Name, Exact, Prefix, Suffix, Regex, Invert } = header;
  return {
    name: Name.toLowerCase(),
    kind: Exact ? 'exact' : Prefix ? 'prefix' : Suffix ? 'suffix' : Regex ? 'regex' : 'present',
    value: Exact || Prefix || Suffix || Regex || '',
    isInverted: Invert ?? false,
  };
}

/** As in Envoy, conditions without a number mean one retry; a number alone keeps the default condition. */
function readRetries(
  label: string,
  destination: RawDestination,
  refusals: string[],
): RouterRoute['retries'] {
  const { NumRetries, RetryOn } = destination;
  const read = ['Service', 'ServiceSubset', 'RequestTimeout', 'NumRetries', 'RetryOn'];
  for (const field of otherFields(destination, [...read, 'Namespace', 'Partition'])) {
    refusals.push(`${label}: ${field} has no effect in gRPC`);
  }
  const on = (RetryOn ?? []).filter((condition) => GRPC_RETRIES.includes(condition));
  for (const condition of RetryOn ?? []) {
    if (!on.includes(condition))
      refusals.push(`${label}: RetryOn ${condition} has no effect in gRPC`);
  }
  if (NumRetries && NumRetries > MAX_RETRIES) {
    refusals.push(`${label}: gRPC sends again at most ${MAX_RETRIES} times, not ${NumRetries}`);
  }
  if (!NumRetries && on.length === 0) return undefined;
  if (RetryOn?.length && on.length === 0) return undefined;
  return {
    attempts: Math.min(NumRetries || 1, MAX_RETRIES),
    on: on.length > 0 ? [...new Set(on)].sort() : ['unavailable'],
  };
}
