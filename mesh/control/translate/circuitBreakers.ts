import type { UpstreamPolicy } from '../watch/routing/upstreams.ts';

const UNLIMITED = 0xffff_ffff;

/**
 * How many of Envoy's calls may be repeats, so that an instance that fails does not double the load of the others: the
 * budget that gRPC clients have in the runtime (gRFC A6), who do not look at this one. See docs/decisions.md.
 */
const RETRY_BUDGET = { budget_percent: { value: 20 }, min_retry_concurrency: { value: 250 } };

/** How much may be under way at once, from each caller. Both gRPC and Envoy stop at 1024 when nothing is said. */
export function circuitBreakers(policy: UpstreamPolicy): object {
  return {
    thresholds: [
      {
        priority: 'DEFAULT',
        max_connections: { value: policy.maxConnections ?? UNLIMITED },
        max_pending_requests: { value: policy.maxPendingRequests ?? UNLIMITED },
        max_requests: { value: policy.maxConcurrentRequests ?? UNLIMITED },
        retry_budget: RETRY_BUDGET,
      },
    ],
  };
}
