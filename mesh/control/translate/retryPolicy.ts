import { duration } from './duration.ts';

/** Sent again at most twice, after about 50 and 100 ms: a restart of one instance is not noticed. */
const ATTEMPTS = {
  num_retries: { value: 2 },
  retry_back_off: { base_interval: duration(50), max_interval: duration(500) },
};

/** For gRPC clients, and methods that may be sent again. */
export const clientRetryPolicy = { retry_on: 'unavailable', ...ATTEMPTS };

/** The same for Envoy, which knows connections that break without a gRPC status. */
export const edgeRetryPolicy = {
  retry_on: 'unavailable,connect-failure,refused-stream,reset',
  ...ATTEMPTS,
};
