import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';

/**
 * The error for a request that breaks a rule of its contract.
 *
 * @param field Path of the field, such as "batch.price[3]".
 * @param description What is wrong with it, such as "must be above 0".
 * @param reason For programs, in UPPER_SNAKE_CASE. Default: none.
 */
export function invalidArgument(field: string, description: string, reason = ''): RpcError {
  const fieldViolations = [{ field, description, reason, localizedMessage: undefined }];
  return new RpcError(Status.INVALID_ARGUMENT, `${field}: ${description}`, {
    details: [
      ...(reason === '' ? [] : [errorInfo(reason, { field })]),
      { type: 'google.rpc.BadRequest', value: { fieldViolations } },
    ],
  });
}
