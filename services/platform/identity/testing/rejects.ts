import assert from 'node:assert/strict';
import { errorReason, RpcError, Status } from '@weft/mesh/runtime';

/** What a caller's program can read of a refusal. */
export interface Refusal {
  readonly status: keyof typeof Status;
  /** Of ErrorInfo. */
  readonly reason?: string;
  /** That BadRequest names. */
  readonly field?: string;
}

/** Asserts that a call is refused so. @returns the error. */
export async function rejects(call: () => unknown, expected: Refusal): Promise<RpcError> {
  const error = await Promise.resolve()
    .then(call)
    .then(
      () => assert.fail('it was not refused'),
      (thrown: unknown) => thrown,
    );
  if (!(error instanceof RpcError)) throw error;
  const reason = errorReason(error);
  const badRequest = error.details.find(({ type }) => type === 'google.rpc.BadRequest');
  const { fieldViolations } = (badRequest?.value ?? {}) as {
    fieldViolations?: { field: string }[];
  };
  const field = fieldViolations?.[0]?.field;
  assert.deepEqual(
    { status: Status[error.code], reason, field },
    { reason: undefined, field: undefined, ...expected },
  );
  return error;
}
