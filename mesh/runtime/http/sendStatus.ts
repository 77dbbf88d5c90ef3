import type { ServerHttp2Stream } from 'node:http2';
import { status as Status } from '@grpc/grpc-js';

/** As google/rpc/code.proto maps them. */
const HTTP_STATUS: Readonly<Partial<Record<Status, number>>> = {
  [Status.OK]: 200,
  [Status.CANCELLED]: 499,
  [Status.INVALID_ARGUMENT]: 400,
  [Status.DEADLINE_EXCEEDED]: 504,
  [Status.NOT_FOUND]: 404,
  [Status.ALREADY_EXISTS]: 409,
  [Status.PERMISSION_DENIED]: 403,
  [Status.UNAUTHENTICATED]: 401,
  [Status.RESOURCE_EXHAUSTED]: 429,
  [Status.FAILED_PRECONDITION]: 400,
  [Status.ABORTED]: 409,
  [Status.OUT_OF_RANGE]: 400,
  [Status.UNIMPLEMENTED]: 501,
  [Status.UNAVAILABLE]: 503,
};

/** The HTTP status of a gRPC status. */
export function httpStatusOf(code: Status): number {
  return HTTP_STATUS[code] ?? 500;
}

/**
 * Answers a request with a google.rpc.Status as JSON, as the edge answers a REST call that failed. Does nothing when an
 * answer has begun or the stream has ended.
 */
export function sendStatus(
  stream: ServerHttp2Stream,
  code: Status,
  message: string,
  httpStatus = httpStatusOf(code),
): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ':status': httpStatus, 'content-type': 'application/json' });
  stream.end(JSON.stringify({ code, message, details: [] }));
}
