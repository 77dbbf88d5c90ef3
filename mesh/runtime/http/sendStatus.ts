import type { ServerHttp2Stream } from 'node:http2';
import { status as Status } from '@grpc/grpc-js';
import { HTTP_STATUSES } from '../../contracts/index.ts';

/** The HTTP status of a gRPC status. */
export function httpStatusOf(code: Status): number {
  return HTTP_STATUSES[Status[code] as keyof typeof Status] ?? HTTP_STATUSES.UNKNOWN;
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
