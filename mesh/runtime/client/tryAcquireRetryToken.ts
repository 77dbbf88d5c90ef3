import type { ChannelInterface } from '@grpc/grpc-js';

type ChannelCall = ReturnType<ChannelInterface['createCall']>;

/** What grpc-js keeps of a call's target: see throttleRetries. */
interface RetryThrottler {
  addCallFailed(): void;
  canRetryCall(): boolean;
}

/**
 * Takes what the failure of a call costs from the budget for retries of its target, and says whether the budget lets
 * the call be made again (gRFC A6). For failures that grpc-js itself neither retries nor counts.
 *
 * @returns false as well when the target has no budget, or grpc-js does not keep it where it is known to.
 */
export function tryAcquireRetryToken(call: ChannelCall): boolean {
  // Private in grpc-js: there is no child before the target is resolved.
  const child: unknown = Reflect.get(call, 'child');
  const throttler: unknown = Reflect.get(Object(child), 'retryThrottler');
  if (!isRetryThrottler(throttler)) return false;
  throttler.addCallFailed();
  return throttler.canRetryCall();
}

function isRetryThrottler(value: unknown): value is RetryThrottler {
  const { addCallFailed, canRetryCall } = Object(value);
  return typeof addCallFailed === 'function' && typeof canRetryCall === 'function';
}
