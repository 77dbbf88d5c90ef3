import { edgeNames, type MethodContract, type RateLimit } from '../../contracts/index.ts';
import { PRINCIPAL_HEADER } from '../../principal/index.ts';
import type { PackedAny } from '../xds/encode.ts';
import { type Json, protoStruct, typedStruct } from './protoStruct.ts';

/** Buckets of one size that are remembered, over all methods and callers; those unused the longest are forgotten first. */
const REMEMBERED_BUCKETS = 20_000;
const LOCAL_RATE_LIMIT = 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit';
/** Envoy refuses to fill a bucket more often. */
const SHORTEST_FILL_MS = 50;

/**
 * One who has many IPv6 addresses has them in one network. A site gets up to a /48 (RFC 6177), which has 65,536 networks
 * of /64, and whoever pays for a server gets one as easily; that neighbours of one /48 may share a limit concerns only
 * those who do not say who they are.
 */
export const addressOf = {
  masked_remote_address: { v4_prefix_mask_len: 32, v6_prefix_mask_len: 48 },
};
/** Who acts, by the token that the edge has verified: a user, whether he comes himself or by API keys. */
const caller = {
  metadata: {
    descriptor_key: 'caller',
    metadata_key: {
      key: 'envoy.filters.http.jwt_authn',
      path: [{ key: edgeNames.innerClaims }, { key: 'sub' }],
    },
    source: 'DYNAMIC',
  },
};
const unknownCaller = {
  header_value_match: {
    descriptor_key: 'caller',
    descriptor_value: 'unknown',
    expect_match: false,
    headers: [{ name: PRINCIPAL_HEADER, present_match: true }],
  },
};

/** Where a route's metadata says whose limit its calls count against, and after how long one may come again. */
const NAMESPACE = 'weft';
const METHOD = 'method';
const LIMIT = 'limit';
const RETRY_AFTER = 'retry-after';

/** An entry of a descriptor by what the route says: the path that a caller writes may have a query. */
export function ofRoute(namespace: string, key: string) {
  return {
    metadata: {
      descriptor_key: key,
      metadata_key: { key: namespace, path: [{ key }] },
      source: 'ROUTE_ENTRY',
    },
  };
}
const bucketOfMethod = [ofRoute(NAMESPACE, LIMIT), ofRoute(NAMESPACE, METHOD)];

type Limited = Pick<MethodContract, 'path' | 'rateLimit'>;

/** A route's metadata: its calls count as calls of this method, with those of the method's other routes. */
export function limitedAs({ path, rateLimit }: Limited): object {
  const said = {
    ...{ [METHOD]: path, [LIMIT]: nameOf(rateLimit) },
    [RETRY_AFTER]: retryAfterOf(rateLimit),
  };
  return { filter_metadata: { [NAMESPACE]: protoStruct(said) } };
}

/** Whole seconds after which a bucket holds one token again: it fills evenly. */
export function retryAfterOf({ requests, perMs }: RateLimit): string {
  return String(Math.ceil(perMs / Math.max(1, requests) / 1_000));
}

/** The header of an answer beyond the limit, whose value the route's metadata has. */
export function retryAfterHeader(namespace: string, key: string) {
  return {
    header: { key: 'retry-after', value: `%METADATA(ROUTE:${namespace}:${key})%` },
    append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
  };
}

/** For a route that leads to no method: nothing is limited. */
export const unlimited: PackedAny = typedStruct(LOCAL_RATE_LIMIT, {
  stat_prefix: 'edge',
  token_bucket: bucketOf({ requests: 1, perMs: 1_000 }),
});

/** Methods of the same limit have buckets of the same kind. */
function nameOf({ requests, perMs }: RateLimit): string {
  return `${requests}/${perMs}ms`;
}

/**
 * For each method, a bucket of tokens for each user and API key, and for each client address of those who show
 * neither. They are the virtual host's and not the routes', of which a method may have several: one who sends other
 * headers has no other bucket. A descriptor stands for all methods of one limit, because Envoy goes through all
 * descriptors at each call. `max_dynamic_descriptors` (a bucket for each
 * value of a descriptor that names none) and `rate_limits` are not in the bundled protos: hence a struct.
 */
export function rateLimits(limits: readonly RateLimit[]): PackedAny {
  const kinds = new Map(limits.map((limit) => [nameOf(limit), limit]));
  return localRateLimit({
    rate_limits: [
      { actions: [...bucketOfMethod, caller] },
      { actions: [...bucketOfMethod, unknownCaller, addressOf] },
    ],
    descriptors: [...kinds].flatMap(([name, limit]) => {
      const token_bucket = bucketOf(limit);
      const known = [{ key: LIMIT, value: name }, { key: METHOD }, { key: 'caller' }];
      return [
        { entries: known, token_bucket },
        { entries: [...known, { key: 'masked_remote_address' }], token_bucket },
      ];
    }),
    response_headers_to_add: [retryAfterHeader(NAMESPACE, RETRY_AFTER)],
    rate_limited_as_resource_exhausted: true,
    enable_x_ratelimit_headers: 'DRAFT_VERSION_03',
  });
}

/** A filter that counts by descriptors alone. @param config Beside what all such filters have. */
export function localRateLimit(config: { readonly [field: string]: Json }): PackedAny {
  const always = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
  return typedStruct(LOCAL_RATE_LIMIT, {
    stat_prefix: 'edge',
    // For calls of which nothing is known. There are none.
    token_bucket: bucketOf({ requests: 1, perMs: 1_000 }),
    filter_enabled: always,
    filter_enforced: always,
    always_consume_default_token_bucket: false,
    max_dynamic_descriptors: REMEMBERED_BUCKETS,
    ...config,
  });
}

export function bucketOf(limit: RateLimit): { readonly [field: string]: Json } {
  // Envoy would refuse all routes for one bucket that holds nothing.
  const requests = Math.max(1, limit.requests);
  const perMs = Math.max(1, limit.perMs);
  const fillMs = Math.max(perMs, SHORTEST_FILL_MS);
  return {
    max_tokens: requests,
    tokens_per_fill: Math.max(1, Math.round((requests * fillMs) / perMs)),
    fill_interval: `${fillMs / 1_000}s`,
  };
}
