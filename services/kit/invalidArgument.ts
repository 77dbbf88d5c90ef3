import { RpcError, Status } from '@weft/mesh/runtime';

/**
 * The error for a request that breaks a rule of its contract.
 *
 * @param field Path of the field, such as "batch.price[3]".
 * @param description What is wrong with it, such as "must be above 0".
 */
export function invalidArgument(field: string, description: string): RpcError {
  return new RpcError(Status.INVALID_ARGUMENT, `${field}: ${description}`, {
    details: [
      {
        type: 'google.rpc.BadRequest',
        value: {
          fieldViolations: [{ field, description, reason: '', localizedMessage: undefined }],
        },
      },
    ],
  });
}
