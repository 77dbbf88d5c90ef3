import { edgeNames, type MethodContract, type RateLimit } from '../../contracts/index.ts';
import type { PackedAny } from '../xds/encode.ts';
import { type Json, protoStruct, typedStruct } from './protoStruct.ts';

/** Callers whose buckets of one method are remembered; those unused the longest are forgotten first. */
const REMEMBERED_CALLERS = 10_000;
/** Envoy refuses to fill a bucket more often. */
const SHORTEST_FILL_MS = 50;

/**
 * One who has many IPv6 addresses has them in one network. A site gets up to a /48 (RFC 6177), which has 65,536 networks
 * of /64, and whoever pays for a server gets one as easily; that neighbours of one /48 may share a limit concerns only
 * those who do not say who they are.
 */
const address = { masked_remote_address: { v4_prefix_mask_len: 32, v6_prefix_mask_len: 48 } };
/** Who calls, by the header that the edge alone can set. */
const caller = {
  request_headers: { header_name: edgeNames.callerHeader, descriptor_key: 'caller' },
};
const unknownCaller = {
  header_value_match: {
    descriptor_key: 'caller',
    descriptor_value: 'unknown',
    expect_match: false,
    headers: [{ name: edgeNames.callerHeader, present_match: true }],
  },
};

/** Where a route's metadata says whose limit its calls count against, and after how long one may come again. */
const NAMESPACE = 'weft';
const METHOD = 'method';
const RETRY_AFTER = 'retry-after';

/** The method by what the route says: the path that a caller writes may have a query. */
const method = {
  metadata: {
    descriptor_key: METHOD,
    metadata_key: { key: NAMESPACE, path: [{ key: METHOD }] },
    source: 'ROUTE_ENTRY',
  },
};

type Limited = Pick<MethodContract, 'path' | 'rateLimit'>;

/** A route's metadata: its calls count as calls of this method, with those of the method's other routes. */
export function limitedAs({ path, rateLimit: { requests, perMs } }: Limited): object {
  // The bucket fills evenly: this is when it holds one token again.
  const retryAfter = String(Math.ceil(perMs / Math.max(1, requests) / 1_000));
  return {
    filter_metadata: { [NAMESPACE]: protoStruct({ [METHOD]: path, [RETRY_AFTER]: retryAfter }) },
  };
}

/** For a route that leads to no method: nothing is limited. */
export const unlimited: PackedAny = localRateLimit({
  stat_prefix: 'edge',
  token_bucket: bucketOf({ requests: 1, perMs: 1_000 }),
});

/**
 * For each method, a bucket of tokens for each user and API key, and for each client address of those who show
 * neither. They are the virtual host's and not the routes', of which a method may have several: one who sends other
 * headers has no other bucket. `max_dynamic_descriptors` (a bucket for each
 * value of a descriptor that names none) and `rate_limits` are not in the bundled protos: hence a struct.
 */
export function rateLimits(methods: readonly Limited[]): PackedAny {
  const always = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
  return localRateLimit({
    stat_prefix: 'edge',
    // For calls of which nothing is known. There are none.
    token_bucket: bucketOf({ requests: 1, perMs: 1_000 }),
    filter_enabled: always,
    filter_enforced: always,
    rate_limits: [{ actions: [method, caller] }, { actions: [method, unknownCaller, address] }],
    descriptors: methods.flatMap(({ path, rateLimit }) => {
      const token_bucket = bucketOf(rateLimit);
      const entry = { key: METHOD, value: path };
      return [
        { entries: [entry, { key: 'caller' }], token_bucket },
        { entries: [entry, { key: 'caller' }, { key: 'masked_remote_address' }], token_bucket },
      ];
    }),
    always_consume_default_token_bucket: false,
    max_dynamic_descriptors: REMEMBERED_CALLERS,
    response_headers_to_add: [
      {
        header: { key: 'retry-after', value: `%METADATA(ROUTE:${NAMESPACE}:${RETRY_AFTER})%` },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
      },
    ],
    rate_limited_as_resource_exhausted: true,
    enable_x_ratelimit_headers: 'DRAFT_VERSION_03',
  });
}

function localRateLimit(config: { readonly [field: string]: Json }): PackedAny {
  return typedStruct('envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit', config);
}

function bucketOf(limit: RateLimit): { readonly [field: string]: Json } {
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
