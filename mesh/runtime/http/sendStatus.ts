import type { ServerHttp2Stream } from 'node:http2';
import { status as Status } from '@grpc/grpc-js';
import { HTTP_STATUSES } from '../../contracts/index.ts';
import type { ErrorDetail } from '../rpc/errorDetails.ts';

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
  { details = [], httpStatus = httpStatusOf(code) }: StatusOptions = {},
): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({
    ':status': httpStatus,
    'content-type': 'application/json',
    // RFC 9110, section 15.5.2.
    ...(httpStatus === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  });
  stream.end(JSON.stringify({ code, message, details: details.flatMap(asJson) }));
}

export interface StatusOptions {
  /** Those of google.rpc alone are told. Default: none. */
  readonly details?: readonly ErrorDetail[];
  /** Default: that of the code. */
  readonly httpStatus?: number;
}

/** As google.protobuf.Any in JSON. */
function asJson({ type, value }: ErrorDetail): object[] {
  if (value instanceof Uint8Array) return [];
  return [{ '@type': `type.googleapis.com/${type}`, ...value }];
}
