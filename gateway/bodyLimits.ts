import { type Contracts, isOpen, type MethodContract } from '@weft/mesh/contracts';
import { limits } from './limits.ts';
import { restBodiesOnly, restOnly } from './skipWhen.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/** A REST body has to be read before it is known who sends it and which method it is for. Hence these. */
export function bodyLimits(contracts: Contracts): Config[] {
  return [restBodiesOnly(bodiesOfAddress(contracts)), restOnly(wholeBody(contracts))];
}

/** The largest body that any method takes, in bytes. Each method has a limit of its own, in restContract.lua. */
export function largestBody(contracts: Contracts): number {
  return Math.max(0, ...takingBodies(contracts).map(({ maxRequestBytes }) => maxRequestBytes));
}

function takingBodies(contracts: Contracts): MethodContract[] {
  return contracts.methods.filter(
    (method) => isOpen(method) && method.http.some(({ body }) => body !== ''),
  );
}

/** Holds a body until it is whole, and answers 413 to one that is too large. */
function wholeBody(contracts: Contracts): Config {
  return typedConfig(
    'envoy.filters.http.buffer',
    'envoy.extensions.filters.http.buffer.v3.Buffer',
    { max_request_bytes: Math.max(1, largestBody(contracts)) },
  );
}

/** A bucket for each address, of calls that bring a body: whoever sends many is refused before they are looked at. */
function bodiesOfAddress(contracts: Contracts): Config {
  const allowed = takingBodies(contracts).map(({ rateLimit }) => rateLimit);
  const atOnce = allowed.map(({ requests }) => requests);
  const perSecond = allowed.map(({ requests, perMs }) => Math.ceil((requests * 1_000) / perMs));
  const token_bucket = {
    max_tokens: Math.max(limits.bodiesAtOnce, ...atOnce),
    tokens_per_fill: Math.max(limits.bodiesPerSecond, ...perSecond),
    fill_interval: '1s',
  };
  const always = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
  // As in mesh/control/translate/rateLimit.ts.
  const address = { masked_remote_address: { v4_prefix_mask_len: 32, v6_prefix_mask_len: 48 } };
  return typedConfig(
    'weft.bodies_of_address',
    'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
    {
      stat_prefix: 'edge_bodies',
      // For calls without an address. There are none.
      token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: '1s' },
      filter_enabled: always,
      filter_enforced: always,
      rate_limits: [{ actions: [address] }],
      descriptors: [{ entries: [{ key: 'masked_remote_address' }], token_bucket }],
      always_consume_default_token_bucket: false,
      max_dynamic_descriptors: limits.rememberedAddresses,
    },
  );
}
