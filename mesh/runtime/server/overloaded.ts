import { status as Status } from '@grpc/grpc-js';
import { errorInfo, type RuntimeReason } from '../rpc/errorInfo.ts';
import { RpcError } from '../rpc/RpcError.ts';

/** What a caller should wait before it tries again, in seconds. */
const RETRY_DELAY_S = 1;

/** gRPC's own way to say when to retry (gRFC A6); below 0: not at all. */
const PUSHBACK = 'grpc-retry-pushback-ms';

type Reason = typeof RuntimeReason.OVERLOADED | typeof RuntimeReason.CONCURRENCY_LIMIT;

/**
 * A call that is not served for want of room. RESOURCE_EXHAUSTED and not UNAVAILABLE, because every retry policy
 * repeats the latter at once, from the mesh's routes to Envoy's, and repeating is what an overloaded process can
 * bear least. Where a policy of one's own repeats RESOURCE_EXHAUSTED, the trailer tells gRPC not to.
 */
export function overloaded(reason: Reason, message: string): RpcError {
  const value = { retryDelay: { seconds: RETRY_DELAY_S, nanos: 0 } };
  const error = new RpcError(Status.RESOURCE_EXHAUSTED, message, {
    details: [errorInfo(reason), { type: 'google.rpc.RetryInfo', value }],
  });
  error.trailer.set(PUSHBACK, '-1');
  return error;
}
