import { status as Status } from '@grpc/grpc-js';
import { CallScope } from '../rpc/CallScope.ts';
import { RpcError } from '../rpc/RpcError.ts';

/** Statuses that speak of the state of who was called, not of what was asked for. */
const FAULTS: ReadonlySet<Status> = new Set([
  Status.UNKNOWN,
  Status.DEADLINE_EXCEEDED,
  Status.RESOURCE_EXHAUSTED,
  Status.INTERNAL,
  Status.UNAVAILABLE,
  Status.DATA_LOSS,
]);

/**
 * Whether a failure says that the upstream is not well. A wrong request does not, nor does a call that ended because
 * nobody waited for it any more.
 */
export function isFaultOfUpstream(error: unknown): boolean {
  const scope = CallScope.current();
  if (scope && (scope.cancelled || Date.now() >= scope.deadline)) return false;
  return error instanceof RpcError ? FAULTS.has(error.code) : true;
}
