import { status as Status } from '@grpc/grpc-js';
import { RpcError } from './RpcError.ts';

/**
 * What a caller may learn of anything a handler threw: an RpcError as it is, all else as INTERNAL without a word
 * of what happened inside. The original is the `cause`, for the log.
 */
export function toRpcError(thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown;
  return new RpcError(Status.INTERNAL, 'internal error', { cause: thrown });
}
