import { CallScope } from '../rpc/CallScope.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { isUpstreamFault } from '../rpc/statusClasses.ts';

/**
 * Whether a failure says that the upstream is not well. A wrong request does not, nor does a call that ended because
 * nobody waited for it any more.
 */
export function isFaultOfUpstream(error: unknown): boolean {
  const scope = CallScope.current();
  if (scope && (scope.cancelled || Date.now() >= scope.deadline)) return false;
  return error instanceof RpcError ? isUpstreamFault(error.code) : true;
}
