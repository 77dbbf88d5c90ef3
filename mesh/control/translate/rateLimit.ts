import { edgeNames, type RateLimit } from '../../contracts/index.ts';
import type { PackedAny } from '../xds/encode.ts';
import { typedStruct } from './protoStruct.ts';

/** Callers whose buckets one route remembers; those unused the longest are forgotten first. */
const REMEMBERED_CALLERS = 10_000;
/** Envoy refuses to fill a bucket more often. */
const SHORTEST_FILL_MS = 50;

/** One who has many IPv6 addresses has them in one /64 network. */
const address = { masked_remote_address: { v4_prefix_mask_len: 32, v6_prefix_mask_len: 64 } };
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

/**
 * A bucket of tokens on one route for each user and API key, and for each client address of those who show
 * neither. `max_dynamic_descriptors` (a bucket for each
 * value of a descriptor that names none) and `rate_limits` are not in the bundled protos: hence a struct.
 */
export function rateLimit(limit: RateLimit): PackedAny {
  // Envoy would refuse all routes for one bucket that holds nothing.
  const requests = Math.max(1, limit.requests);
  const perMs = Math.max(1, limit.perMs);
  const fillMs = Math.max(perMs, SHORTEST_FILL_MS);
  const bucket = {
    max_tokens: requests,
    tokens_per_fill: Math.max(1, Math.round((requests * fillMs) / perMs)),
    fill_interval: `${fillMs / 1_000}s`,
  };
  const always = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
  return typedStruct('envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit', {
    stat_prefix: 'edge',
    token_bucket: bucket,
    filter_enabled: always,
    filter_enforced: always,
    rate_limits: [{ actions: [caller] }, { actions: [unknownCaller, address] }],
    descriptors: [
      { entries: [{ key: 'caller' }], token_bucket: bucket },
      { entries: [{ key: 'caller' }, { key: 'masked_remote_address' }], token_bucket: bucket },
    ],
    always_consume_default_token_bucket: false,
    max_dynamic_descriptors: REMEMBERED_CALLERS,
    // The bucket fills evenly: this is when it holds one token again.
    response_headers_to_add: [
      {
        header: { key: 'retry-after', value: String(Math.ceil(perMs / requests / 1_000)) },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
      },
    ],
    rate_limited_as_resource_exhausted: true,
    enable_x_ratelimit_headers: 'DRAFT_VERSION_03',
  });
}
