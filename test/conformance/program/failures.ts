import { type ErrorDetail, RpcError } from '@weft/mesh/runtime';
import type { Error as Failure } from '../gen/connectrpc/conformance/v1/service.ts';
import type { Any } from '../gen/google/protobuf/any.ts';

const PREFIX = 'type.googleapis.com/';

/** What a handler throws for a failure that the runner has ordered. */
export function toRpcError({ code, message, details }: Failure, extra: readonly Any[]): RpcError {
  return new RpcError(code, message ?? '', { details: [...details, ...extra].map(toDetail) });
}

/** How the runner is told of a call that has failed. */
export function toFailure(thrown: unknown): Failure {
  if (!(thrown instanceof RpcError)) throw thrown;
  return {
    code: thrown.code as Failure['code'],
    message: thrown.message,
    details: thrown.details.map(({ type, value }) => ({
      typeUrl: PREFIX + type,
      value: value as Buffer,
    })),
  };
}

function toDetail({ typeUrl, value }: Any): ErrorDetail {
  return { type: typeUrl.slice(PREFIX.length), value };
}
