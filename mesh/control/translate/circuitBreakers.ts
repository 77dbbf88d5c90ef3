import type { UpstreamPolicy } from '../watch/routing/upstreams.ts';

const UNLIMITED = 0xffff_ffff;

/** How much may be under way at once, from each caller. Both gRPC and Envoy stop at 1024 when nothing is said. */
export function circuitBreakers(policy: UpstreamPolicy): object {
  return {
    thresholds: [
      {
        priority: 'DEFAULT',
        max_connections: { value: policy.maxConnections ?? UNLIMITED },
        max_pending_requests: { value: policy.maxPendingRequests ?? UNLIMITED },
        max_requests: { value: policy.maxConcurrentRequests ?? UNLIMITED },
        max_retries: { value: UNLIMITED },
      },
    ],
  };
}
