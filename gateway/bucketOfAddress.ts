import { limits } from './limits.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/** How many requests of one address a filter lets pass: so many at once, and so many each second from then on. */
export interface AddressBucket {
  readonly atOnce: number;
  readonly perSecond: number;
}

/** A filter with a bucket for each client address, of all requests that it sees. */
export function bucketOfAddress(name: string, { atOnce, perSecond }: AddressBucket): Config {
  const token_bucket = { max_tokens: atOnce, tokens_per_fill: perSecond, fill_interval: '1s' };
  const always = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
  // As in mesh/control/translate/rateLimit.ts.
  const address = { masked_remote_address: { v4_prefix_mask_len: 32, v6_prefix_mask_len: 48 } };
  return typedConfig(name, 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit', {
    stat_prefix: name.replace('weft.', 'edge_'),
    // For calls without an address. There are none.
    token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: '1s' },
    filter_enabled: always,
    filter_enforced: always,
    rate_limits: [{ actions: [address] }],
    descriptors: [{ entries: [{ key: 'masked_remote_address' }], token_bucket }],
    always_consume_default_token_bucket: false,
    max_dynamic_descriptors: limits.rememberedAddresses,
    response_headers_to_add: [
      {
        header: { key: 'retry-after', value: String(Math.ceil(1 / perSecond)) },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
      },
    ],
    rate_limited_as_resource_exhausted: true,
  });
}
