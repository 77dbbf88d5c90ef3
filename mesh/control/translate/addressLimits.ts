import type { AddressLimit } from '../../manifest/index.ts';
import type { PackedAny } from '../xds/encode.ts';
import type { Branch } from './pathTree.ts';
import { protoStruct } from './protoStruct.ts';
import {
  addressOf,
  bucketOf,
  localRateLimit,
  ofRoute,
  retryAfterHeader,
  retryAfterOf,
} from './rateLimit.ts';

/** Where a route's metadata says by which counter its calls are counted. */
const NAMESPACE = 'weft.address_limit';
const COUNTER = 'counter';
const RETRY_AFTER = 'retry-after';

interface CountedRoute {
  readonly match: { readonly headers?: readonly object[] };
  readonly metadata?: { readonly filter_metadata: object };
}

/** A bucket of each counter for each client address. For a filter that comes before anybody looks at who calls. */
export function addressLimits(limits: readonly AddressLimit[]): PackedAny {
  return localRateLimit({
    // For all other calls.
    token_bucket: bucketOf({ requests: 2 ** 32 - 1, perMs: 1_000 }),
    rate_limits: [{ actions: [ofRoute(NAMESPACE, COUNTER), addressOf] }],
    // Services may name the same counter; what it holds is the same.
    descriptors: [...new Map(limits.map((limit) => [limit.counter, limit])).values()].map(
      (limit) => ({
        entries: [{ key: COUNTER, value: limit.counter }, { key: 'masked_remote_address' }],
        token_bucket: bucketOf(rateLimitOf(limit)),
      }),
    ),
    response_headers_to_add: [retryAfterHeader(NAMESPACE, RETRY_AFTER)],
  });
}

/** Prefixes at which the calls that are counted part from the others. */
export function countedBranches(limits: readonly AddressLimit[]): Branch[] {
  return limits
    .flatMap(({ paths }) => paths)
    .flatMap((path) => [path, `${path}/`].map((prefix) => ({ prefix, routes: [] })));
}

/** The routes of paths that begin so; those below a path with a limit say by which counter they are counted. */
export function countByAddress(
  limits: readonly AddressLimit[],
  prefix: string,
  routes: readonly object[],
): readonly object[] {
  const counted = limits
    .flatMap((limit) => limit.paths.map((path) => ({ limit, path })))
    .filter(
      ({ path }) =>
        prefix === path || (/^[/:]/.test(prefix.slice(path.length)) && prefix.startsWith(path)),
    )
    .toSorted((one, other) => other.path.length - one.path.length)
    .at(0);
  if (!counted) return routes;
  const { limit, path } = counted;
  const marked = (routes as readonly CountedRoute[]).map((route) => countedAs(route, limit));
  if (prefix !== path) return marked;
  // What only begins alike, such as /api/tokensale of /api/tokens, is not below it.
  const regex = `${path.replace(/[^A-Za-z0-9/_~-]/g, '\\$&')}(?:[/:?].*)?`;
  const below = { name: ':path', string_match: { safe_regex: { regex } } };
  return [
    ...marked.map((route) => ({
      ...route,
      match: { ...route.match, headers: [...(route.match.headers ?? []), below] },
    })),
    ...routes,
  ];
}

function countedAs(route: CountedRoute, limit: AddressLimit): CountedRoute {
  const said = { [COUNTER]: limit.counter, [RETRY_AFTER]: retryAfterOf(rateLimitOf(limit)) };
  const filter_metadata = { ...route.metadata?.filter_metadata, [NAMESPACE]: protoStruct(said) };
  return { ...route, metadata: { filter_metadata } };
}

function rateLimitOf({ requests, seconds }: AddressLimit) {
  return { requests, perMs: seconds * 1_000 };
}
