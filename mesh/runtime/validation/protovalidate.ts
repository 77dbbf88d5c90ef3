/** What takes protovalidate, and with it CEL and RE2: loaded when it is first needed, see Validator. */
import type { DescMessage, Message } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import type { Violation } from '@bufbuild/protovalidate';
import { status as Status } from '@grpc/grpc-js';
import { RpcError } from '../rpc/RpcError.ts';
import { describePattern } from './describePattern.ts';

export { createValidator } from '@bufbuild/protovalidate';

/** INVALID_ARGUMENT that names each field of the request and what is wrong with it. */
export function invalidArgument(
  violations: readonly Violation[],
  type: DescMessage,
  request: Message,
): RpcError {
  const fieldViolations = violations.map((violation) => ({
    field: pathToString(violation.field),
    description: describePattern(violation, type, request) ?? violation.message,
    reason: violation.ruleId.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_'),
    localizedMessage: undefined,
  }));
  const [first] = fieldViolations;
  return new RpcError(
    Status.INVALID_ARGUMENT,
    `${first?.field || 'request'}: ${first?.description}`,
    {
      details: [{ type: 'google.rpc.BadRequest', value: { fieldViolations } }],
    },
  );
}
