import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { failedPrecondition } from '../../kit/failedPrecondition.ts';

/** Who calls has not shown who he is. @param reason Of ErrorInfo, as the contract names it. */
export function unauthenticated(
  reason: string,
  message: string,
  metadata: Readonly<Record<string, string>> = {},
): RpcError {
  return new RpcError(Status.UNAUTHENTICATED, message, { details: [errorInfo(reason, metadata)] });
}

/** A link that is no longer good, or never was. */
export function invalidLink(): RpcError {
  return failedPrecondition('TOKEN_INVALID', 'the link is not good, or no more');
}

/** Of an account with this address and password. */
export function accountDisabled(): RpcError {
  return new RpcError(Status.PERMISSION_DENIED, 'the account is disabled', {
    details: [errorInfo('ACCOUNT_DISABLED')],
  });
}
