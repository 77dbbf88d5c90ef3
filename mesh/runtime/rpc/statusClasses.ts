import { status as Status } from '@grpc/grpc-js';

/**
 * What gRPC's status codes mean to those who decide by them: whether to log an error, to spare an upstream, to try
 * again. The codes' own meaning: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */

const SERVICE_FAULTS: ReadonlySet<Status> = new Set([
  Status.UNKNOWN,
  Status.INTERNAL,
  Status.DATA_LOSS,
]);

const TRANSIENT: ReadonlySet<Status> = new Set([
  Status.DEADLINE_EXCEEDED,
  Status.ABORTED,
  Status.UNAVAILABLE,
]);

const REJECTIONS: ReadonlySet<Status> = new Set([
  Status.INVALID_ARGUMENT,
  Status.FAILED_PRECONDITION,
  Status.OUT_OF_RANGE,
]);

/** Whether a code speaks of a fault in the code or the data of who answers with it: somebody must look at its log. */
export function isServiceFault(code: Status): boolean {
  return SERVICE_FAULTS.has(code);
}

/**
 * Whether a code speaks of the state of who was called, and not of what was asked for: that it has a fault, is away, is
 * too slow or has too much to do. It does better if it is spared for a while.
 */
export function isUpstreamFault(code: Status): boolean {
  return (
    SERVICE_FAULTS.has(code) ||
    code === Status.UNAVAILABLE ||
    code === Status.DEADLINE_EXCEEDED ||
    code === Status.RESOURCE_EXHAUSTED
  );
}

/**
 * Whether the same call may succeed soon without anybody doing something about it. Only a call that may be repeated may
 * be made again, and RESOURCE_EXHAUSTED is not among these: repeats are what an overloaded process can bear least.
 */
export function isTransient(code: Status): boolean {
  return TRANSIENT.has(code);
}

/** Whether the same request will be refused again, however often it is sent and whatever becomes of the mesh. */
export function isRejection(code: Status): boolean {
  return REJECTIONS.has(code);
}
