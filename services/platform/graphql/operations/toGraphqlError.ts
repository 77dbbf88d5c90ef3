import { type ErrorDetail, RpcError, Status } from '@weft/mesh/runtime';
import { GraphQLError } from 'graphql';
import type { Log } from '../../../kit/Log.ts';
import type { GraphqlReason } from '../GraphqlReason.ts';

/** Failures of a service itself: what it says of them is for its log. */
const OWN_FAULTS: ReadonlySet<Status> = new Set([
  ...[Status.INTERNAL, Status.UNKNOWN, Status.DATA_LOSS],
]);
const INTERNAL = 'internal error';

/**
 * What a client is told of a failure: the status of gRPC as `extensions.code`, its reason as `extensions.reason`, and of
 * google.rpc's details which fields are wrong and when to come again. What is no failure of a call is a fault of this service, and is
 * written to its log.
 */
export function toGraphqlError(error: unknown, log: Log): GraphQLError {
  if (error instanceof GraphQLError) return error;
  if (error instanceof RpcError) {
    const message = OWN_FAULTS.has(error.code) ? INTERNAL : error.message;
    return new GraphQLError(message, {
      extensions: { code: error.codeName, ...Object.assign({}, ...error.details.map(told)) },
    });
  }
  log.error({ err: error }, 'an operation has failed');
  return new GraphQLError(INTERNAL, { extensions: { code: 'INTERNAL' } });
}

/** An operation that no service is called for. */
export function refusal(
  reason: GraphqlReason,
  message: string,
  metadata: Readonly<Record<string, number | string>> = {},
): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'INVALID_ARGUMENT', reason, ...metadata },
  });
}

function told({ type, value }: ErrorDetail): object {
  if (value instanceof Uint8Array) return {};
  if (type === 'google.rpc.ErrorInfo' && 'reason' in value) {
    const { reason, metadata } = value;
    return { reason, ...(Object.keys(metadata).length > 0 && { metadata }) };
  }
  if (type === 'google.rpc.BadRequest' && 'fieldViolations' in value) {
    const violations = value.fieldViolations.map(({ field, description }) => ({
      field,
      description,
    }));
    return { fieldViolations: violations };
  }
  if (type === 'google.rpc.RetryInfo' && 'retryDelay' in value) {
    const { seconds = 0, nanos = 0 } = value.retryDelay ?? {};
    return { retryAfterSeconds: Number(seconds) + nanos / 1e9 };
  }
  return {};
}
