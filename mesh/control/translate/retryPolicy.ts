import type { Route } from '../chain/RouteTable.ts';
import { duration } from './duration.ts';

/** Pauses of about 50 ms, and twice as long each time. From 1 s on, grpc-js would take them times ten. */
const BACK_OFF = { base_interval: duration(50), max_interval: duration(500) };
/** Envoy knows connections that break without a gRPC status. */
const EDGE_CONDITIONS = ['connect-failure', 'refused-stream', 'reset'];

/** For gRPC clients. */
export function retryPolicy({ attempts, on }: NonNullable<Route['retries']>): object {
  return {
    retry_on: on.join(','),
    num_retries: { value: attempts },
    retry_back_off: BACK_OFF,
  };
}

/** The same for Envoy. */
export function edgeRetryPolicy({ attempts, on }: NonNullable<Route['retries']>): object {
  return retryPolicy({ attempts, on: [...on, ...EDGE_CONDITIONS] });
}
