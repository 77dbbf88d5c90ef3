import { type CallContext, errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { Reason } from './Reason.ts';

/** The name by which an operator's `weft` calls services. */
const OPERATOR = 'cli';

/**
 * Lets nobody but the operator do something, whatever intentions say: a service that may call another one's methods may not
 * for that reason look into its engines.
 *
 * @throws RpcError PERMISSION_DENIED with reason OPERATORS_ONLY.
 */
export function assertOperator({ peer }: Pick<CallContext, 'peer'>): void {
  if (peer?.service === OPERATOR) return;
  throw new RpcError(Status.PERMISSION_DENIED, 'this is for operators', {
    details: [errorInfo(Reason.OPERATORS_ONLY)],
  });
}
