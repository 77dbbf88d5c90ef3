import { ABORT_CODES, type Fault, type FaultHeader, readDuration } from '../../consul/index.ts';
import { safeRegex } from '../syntax/safeRegex.ts';
import { type PackedAny, pack } from '../xds/encode.ts';
import { duration } from './duration.ts';

/** A route also overrides the filter by this name. */
const NAME = 'envoy.filters.http.fault';

/** The parts of envoy.config.route.v3.Route that are used. */
export interface FaultableRoute {
  readonly name?: string;
  readonly match: { readonly headers?: readonly object[] };
  readonly typed_per_filter_config?: Readonly<Record<string, PackedAny>>;
}

/** What of a client's listener makes a fault. */
export interface FaultParts {
  /** Filters before the router. */
  readonly filters: readonly object[];
  readonly routes: readonly object[];
}

/**
 * Puts a fault into the routes of a gRPC client, by the HTTP fault filter (gRFC A33).
 *
 * A fault for some headers only goes into a second route before each one: gRPC does not look at the
 * headers in the filter's own configuration.
 */
export function injectFault(
  fault: Fault | undefined,
  routes: readonly FaultableRoute[],
): FaultParts {
  if (!fault) return { filters: [], routes };
  return fault.headers
    ? {
        filters: [faultFilter(pack(HTTP_FAULT, {}))],
        routes: faultyRoutes(fault, httpFault(fault), routes),
      }
    : { filters: [faultFilter(httpFault(fault))], routes };
}

/**
 * A route before each one, for the calls that the fault concerns: those with its headers and with `more`, besides
 * what the route asks for itself. Where these are none the route has no calls left.
 */
export function faultyRoutes<Kept extends FaultableRoute>(
  { headers = [] }: Fault,
  override: PackedAny,
  routes: readonly Kept[],
  more: readonly object[] = [],
): readonly Kept[] {
  const matchers = [...headers.map(headerMatcher), ...more];
  return routes.flatMap((route) => [
    {
      ...route,
      name: `${route.name}/fault`,
      match: { ...route.match, headers: [...(route.match.headers ?? []), ...matchers] },
      typed_per_filter_config: { ...route.typed_per_filter_config, [NAME]: override },
    },
    ...(matchers.length > 0 ? [route] : []),
  ]);
}

const HTTP_FAULT = 'envoy.extensions.filters.http.fault.v3.HTTPFault';

function faultFilter(typed_config: PackedAny): object {
  return { name: NAME, typed_config };
}

/** @param status What a call is aborted with. Default: the fault's gRPC status. */
export function httpFault({ delay, abort }: Fault, status?: { http_status: number }): PackedAny {
  return pack(HTTP_FAULT, {
    ...(delay && {
      delay: {
        fixed_delay: duration(readDuration(delay.duration)),
        percentage: percentage(delay.percent),
      },
    }),
    ...(abort && {
      abort: {
        ...(status ?? { grpc_status: ABORT_CODES[abort.code] }),
        percentage: percentage(abort.percent),
      },
    }),
  });
}

function percentage(percent: number): object {
  return { numerator: Math.round(percent * 10_000), denominator: 'MILLION' };
}

function headerMatcher({ name, exact, prefix, suffix, regex }: FaultHeader): object {
  if (exact !== undefined) return { name, exact_match: exact };
  if (prefix !== undefined) return { name, prefix_match: prefix };
  if (suffix !== undefined) return { name, suffix_match: suffix };
  if (regex !== undefined) return { name, safe_regex_match: safeRegex(regex) };
  return { name, present_match: true };
}
