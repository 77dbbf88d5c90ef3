import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';

/**
 * The error for a call that is well formed and does not fit the state of what it is about.
 *
 * @param reason For programs, in UPPER_SNAKE_CASE, as the contract names it.
 * @param metadata What the reason is about, such as an id. Default: nothing.
 */
export function failedPrecondition(
  reason: string,
  message: string,
  metadata: Readonly<Record<string, string>> = {},
): RpcError {
  return new RpcError(Status.FAILED_PRECONDITION, message, {
    details: [errorInfo(reason, metadata)],
  });
}
