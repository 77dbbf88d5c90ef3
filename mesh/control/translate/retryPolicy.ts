import type { Route } from '../chain/RouteTable.ts';
import { pack } from '../xds/encode.ts';
import { duration } from './duration.ts';

/** Pauses of about 50 ms, and twice as long each time. From 1 s on, grpc-js would take them times ten. */
const BACK_OFF = { base_interval: duration(50), max_interval: duration(500) };
/** Envoy knows connections that break without a gRPC status. */
const EDGE_CONDITIONS = ['connect-failure', 'refused-stream', 'reset'];

/** How often Envoy chooses anew before it takes an instance that has failed, as when there is no other. */
const CHOICES = 10;

/** For gRPC clients. */
export function retryPolicy({ attempts, on }: NonNullable<Route['retries']>): object {
  return {
    retry_on: on.join(','),
    num_retries: { value: attempts },
    retry_back_off: BACK_OFF,
  };
}

/**
 * What gRPC clients do not count: choices of an instance that is gone, and one call that its server has refused to look
 * at. With two instances of which one is gone and the other drains for changed permissions, every second choice is wrong
 * until Consul has missed the first, on a busy machine after two seconds. Ten tries after the first take as long.
 */
const UNCOUNTED_TRIES = 8;

/**
 * The same for Envoy. It goes on choosing an instance that is gone until Consul has missed it, so what has failed at one
 * instance is tried at another; gRPC clients choose among those they are connected to.
 */
export function edgeRetryPolicy({ attempts, on }: NonNullable<Route['retries']>): object {
  return {
    ...retryPolicy({ attempts: attempts + UNCOUNTED_TRIES, on: [...on, ...EDGE_CONDITIONS] }),
    retry_host_predicate: [
      {
        name: 'envoy.retry_host_predicates.previous_hosts',
        typed_config: pack(
          'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
          {},
        ),
      },
    ],
    host_selection_retry_max_attempts: CHOICES,
  };
}
