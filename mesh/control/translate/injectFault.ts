import { ABORT_CODES, type Fault, type FaultHeader, readDuration } from '../../consul/index.ts';
import { type PackedAny, pack } from '../xds/encode.ts';
import { duration } from './duration.ts';
import { safeRegex } from './safeRegex.ts';

/** A route also overrides the filter by this name. */
const NAME = 'envoy.filters.http.fault';

/** The parts of envoy.config.route.v3.Route that are used. */
interface FaultableRoute {
  readonly name?: string;
  readonly match: { readonly headers?: readonly object[] };
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
  const { headers } = fault;
  if (!headers) return { filters: [faultFilter(httpFault(fault))], routes };
  const override = { [NAME]: httpFault(fault) };
  return {
    filters: [faultFilter(pack(HTTP_FAULT, {}))],
    routes: routes.flatMap((route) => [
      {
        ...route,
        name: `${route.name}/fault`,
        match: {
          ...route.match,
          headers: [...(route.match.headers ?? []), ...headers.map(headerMatcher)],
        },
        typed_per_filter_config: override,
      },
      route,
    ]),
  };
}

const HTTP_FAULT = 'envoy.extensions.filters.http.fault.v3.HTTPFault';

function faultFilter(typed_config: PackedAny): object {
  return { name: NAME, typed_config };
}

function httpFault({ delay, abort }: Fault): PackedAny {
  return pack(HTTP_FAULT, {
    ...(delay && {
      delay: {
        fixed_delay: duration(readDuration(delay.duration)),
        percentage: percentage(delay.percent),
      },
    }),
    ...(abort && {
      abort: { grpc_status: ABORT_CODES[abort.code], percentage: percentage(abort.percent) },
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
