import type { RateLimit } from '../../contracts/index.ts';
import type { PackedAny } from '../xds/encode.ts';
import { typedStruct } from './typedStruct.ts';

/** Client addresses whose buckets one route remembers; those unused the longest are forgotten first. */
const REMEMBERED_ADDRESSES = 10_000;
/** Envoy refuses to fill a bucket more often. */
const SHORTEST_FILL_MS = 50;

/**
 * A bucket of tokens for each client address on one route. `max_dynamic_descriptors` (a bucket for each
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
    rate_limits: [{ actions: [{ remote_address: {} }] }],
    descriptors: [{ entries: [{ key: 'remote_address' }], token_bucket: bucket }],
    always_consume_default_token_bucket: false,
    max_dynamic_descriptors: REMEMBERED_ADDRESSES,
    rate_limited_as_resource_exhausted: true,
    enable_x_ratelimit_headers: 'DRAFT_VERSION_03',
  });
}
